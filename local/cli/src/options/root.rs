//! The option that names the directory with module, flows and examples.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

/// The directory with module, flows and examples.
#[derive(Debug, Args, Clone, Default)]
pub struct RootOption {
    /// Unpacked release or checkout to take module, flows and examples from. Default: the release that this
    /// program is in, else the checkout of the current directory
    #[arg(
        long = "root",
        id = "root",
        global = true,
        env = "CONNECT_LOCAL_ROOT",
        value_name = "DIRECTORY",
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    directory: Option<PathBuf>,
}

impl RootOption {
    /// Returns the directory. An empty variable counts as unset, as in AWS's SDKs.
    pub fn directory(&self) -> Option<&PathBuf> {
        self.directory
            .as_ref()
            .filter(|directory| !directory.as_os_str().is_empty())
    }
}
