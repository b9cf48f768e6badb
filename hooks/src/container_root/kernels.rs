//! The kernel's own file systems, which a runtime mounts in a container's root before the hooks run, and
//! guards only after. What a path of the image leads to there is not the image's but the host's: to read
//! `/proc/kmsg` takes the host's messages away, and the mode of a file of `/proc` is that of all containers.

use std::io;
use std::os::fd::AsFd;

use rustix::fs::fstatfs;

/// By the numbers of `linux/magic.h`, and of the file systems themselves where it leaves them out.
const KERNELS: [u64; 20] = [
    0x9fa0,      // proc
    0x6265_6572, // sysfs
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x7363_6673, // securityfs
    0x0027_e0eb, // cgroup
    0x6367_7270, // cgroup2
    0x6265_6570, // configfs
    0xcafe_4a11, // bpf
    0x6e73_6673, // nsfs
    0xde5e_81e4, // efivarfs
    0xf97c_ff8c, // selinuxfs
    0x4341_5d53, // smackfs
    0x6165_676c, // pstore
    0x4249_4e4d, // binfmt_misc
    0x1980_0202, // mqueue
    0x6573_5543, // fusectl
    0x0765_5821, // resctrl
    0x6759_6969, // rpc_pipefs
    0x6e66_7364, // nfsd
];

/// Whether a handle is on a file system of the kernel's.
pub(crate) fn is_kernels(handle: impl AsFd) -> io::Result<bool> {
    let kind = fstatfs(handle)?.f_type;
    // Of another type on each architecture, and the numbers have 32 bits.
    #[allow(
        clippy::cast_sign_loss,
        clippy::unnecessary_cast,
        clippy::useless_conversion,
        reason = "bits, not an amount"
    )]
    let kind = kind as u64 & 0xffff_ffff;
    Ok(KERNELS.contains(&kind))
}

/// Fails on a file system of the kernel's.
pub(crate) fn refuse_kernels(handle: impl AsFd) -> io::Result<()> {
    if is_kernels(handle)? {
        return Err(io::Error::other("on a file system of the kernel's, which is the host's"));
    }
    Ok(())
}
