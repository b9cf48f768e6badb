# What the container sees, run inside it.
echo "  device node  $(ls -l /dev/acme0)"
echo "  it answers   $(head -c 4 /dev/acme0 | od -An -tx1)"
echo "  variable     ACME_DEVICE=$ACME_DEVICE"
echo "  mount        $(cat /opt/acme/firmware.txt)"
