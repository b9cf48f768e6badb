//! Container Device Interface (CDI): names, specs, the registry of devices, and what a device changes
//! in a document. Knows nothing of modifiers.
