//! The options that name an account and a line in it.

use std::env::VarError;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::rows::phone::Country;
use crate::rows::sdk::{Address, ENDPOINT_VARIABLE};

/// The line to work on, and the account that it is in.
#[derive(Debug, Args, Clone)]
pub struct LineOptions {
    /// Name of the line, which is that of its function
    #[arg(
        long,
        value_name = "NAME",
        required_unless_present = "outputs",
        conflicts_with = "outputs"
    )]
    pub line: Option<String>,

    /// File that `terraform output -json` wrote for the line; - is standard input
    #[arg(long, value_name = "FILE")]
    pub outputs: Option<PathBuf>,

    /// Address of the account, for every service. Default: AWS_ENDPOINT_URL or the settings of
    /// single services, as for AWS's tools; otherwise AWS
    #[arg(long, value_name = "URL", value_parser = endpoint_url)]
    endpoint_url: Option<String>,
}

impl LineOptions {
    /// Returns the address of the account, if one is given.
    ///
    /// # Errors
    /// When `AWS_ENDPOINT_URL` does not contain an address.
    pub fn address(&self) -> anyhow::Result<Option<Address>> {
        address(self.endpoint_url.as_deref())
    }
}

/// Returns the address from the option, or else from the variable that every SDK reads. As in the
/// SDKs, an empty variable counts as unset.
pub(super) fn address(option: Option<&str>) -> anyhow::Result<Option<Address>> {
    if let Some(url) = option {
        return Ok(Some(Address::OnCommandLine(url.to_owned())));
    }
    match std::env::var(ENDPOINT_VARIABLE) {
        Ok(url) if url.is_empty() => Ok(None),
        Ok(url) => match endpoint_url(&url) {
            Ok(url) => Ok(Some(Address::InEnvironment(url))),
            Err(cure) => {
                anyhow::bail!("{ENDPOINT_VARIABLE} must be an address, but was {url:?}: {cure}")
            }
        },
        Err(VarError::NotPresent) => Ok(None),
        Err(error) => Err(error).context(ENDPOINT_VARIABLE),
    }
}

/// Validates an address. A local account speaks HTTP, AWS's endpoints HTTPS.
pub(super) fn endpoint_url(text: &str) -> Result<String, String> {
    let fits = text.starts_with("http://") || text.starts_with("https://");
    fits.then(|| text.to_owned())
        .ok_or_else(|| "write http://ADDRESS:PORT or https://HOST".to_owned())
}

pub(super) fn country(name: &str) -> Result<Country, String> {
    Country::named(name).ok_or_else(|| {
        "write two letters, such as JP, US or DE (ISO 3166); write numbers of other countries with + \
         and the country code"
            .to_owned()
    })
}
