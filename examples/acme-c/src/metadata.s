# The metadata, as a custom section of the module: the host reads it without running anything.
	.section ".custom_section.gantry:modifier-metadata","",@
	.incbin "metadata.json"
