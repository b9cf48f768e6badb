//! What a container gets of the driver with any GPU: where its files are, and the edits that the modes
//! share.

use gantry_discovery::graphics;
use gantry_discovery::{
    Driver, Files as _, Found, Libraries, Root, driver_libraries, firmware, programs, sockets,
};

use super::error::GenerateError;
use super::host::Host;
use super::options::Options;

/// Where the driver's files are.
pub(super) struct Located {
    driver: Driver,
    libraries: Libraries,
    /// That hold its libraries, below the driver root.
    directories: Vec<String>,
}

impl Located {
    /// The driver below the root: that of the version that is running, where it is known.
    pub(super) fn find(
        options: &Options,
        host: &mut Host<'_>,
        running: Option<&str>,
    ) -> Result<Self, GenerateError> {
        let mut libraries = libraries(host, &options.library_search_paths);
        libraries.settle(host)?;
        let driver = match running {
            Some(version) => Driver::of_version(host, &mut libraries, version),
            None => Driver::locate(host, &mut libraries),
        };
        let driver = driver.map_err(|error| looked_for(error, options, host))?;
        let directories = driver.directories(host, &mut libraries)?;
        Ok(Self { driver, libraries, directories })
    }

    /// Its version.
    pub(super) fn version(&self) -> &str {
        &self.driver.version
    }

    /// Says of a driver that was taken for the one that is running whether it can be.
    pub(super) fn confirm(
        &mut self,
        options: &Options,
        host: &mut Host<'_>,
        running: &str,
    ) -> Result<(), GenerateError> {
        let confirmed = Driver::of_version(host, &mut self.libraries, running);
        confirmed.map(drop).map_err(|error| looked_for(error, options, host))
    }

    /// What graphics needs.
    pub(super) fn graphics(
        &mut self,
        options: &Options,
        host: &mut Host<'_>,
    ) -> Result<Found, GenerateError> {
        let directories = match options.config_search_paths.as_slice() {
            [] => config_directories(options),
            paths => below_root(host, paths),
        };
        let config_dirs: Vec<&str> = directories.iter().map(String::as_str).collect();
        let options = graphics::Options {
            directories: &self.directories,
            architecture: host.architecture,
            config_dirs: &config_dirs,
        };
        graphics::find(host, &mut self.libraries, &self.driver, &options)
    }

    /// The driver's own files, and the hooks that go with them.
    pub(super) fn files(
        &self,
        options: &Options,
        host: &mut Host<'_>,
    ) -> Result<Found, GenerateError> {
        let explicit = options.features.explicit_driver_libraries;
        let mut found = driver_libraries(host, &self.driver, &self.directories, explicit)?;
        if options.features.ipc {
            found.append(sockets(host)?);
        }
        let release = host.kernel_release.clone();
        found.append(firmware(host, &self.driver, &release)?);
        found.append(programs(host)?);
        Ok(found)
    }
}

/// What discovery says of the driver, with where it looked.
fn looked_for(error: GenerateError, options: &Options, host: &Host<'_>) -> GenerateError {
    let GenerateError::Driver(why) = error else { return error };
    let places = match options.library_search_paths.as_slice() {
        [] => ["below ", &host.driver_root].concat(),
        paths => ["in ", &paths.join(", ")].concat(),
    };
    GenerateError::Driver(format!("{why}; they were looked for {places}"))
}

/// Where libraries are looked for: in these directories of the host, if there are any.
pub(super) fn libraries(host: &mut Host<'_>, search_paths: &[String]) -> Libraries {
    match search_paths {
        [] => Libraries::new(Root::Driver, host.architecture),
        paths => Libraries::within(Root::Driver, &below_root(host, paths)),
    }
}

/// Where configuration is searched when nobody says: in `/etc` and the directories of shared data.
fn config_directories(options: &Options) -> Vec<String> {
    match options.data_dirs.as_slice() {
        [] => graphics::CONFIG_DIRS.iter().map(|&directory| directory.to_owned()).collect(),
        data => std::iter::once("/etc".to_owned()).chain(data.iter().cloned()).collect(),
    }
}

/// Paths of the host as they are below the driver root. What lies elsewhere cannot be mounted as a file
/// of the driver, and is left out with a warning.
fn below_root(host: &mut Host<'_>, paths: &[String]) -> Vec<String> {
    let root = host.driver_root.trim_end_matches('/').to_owned();
    let mut below = Vec::new();
    for path in paths {
        match path.strip_prefix(&root).filter(|rest| rest.is_empty() || rest.starts_with('/')) {
            Some(rest) => below.push(["/", rest.trim_matches('/')].concat()),
            None => host.warn(&format!("{path} is not below the driver root, and is not searched")),
        }
    }
    below
}
