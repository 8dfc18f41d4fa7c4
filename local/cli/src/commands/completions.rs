//! Writes the completions of the command line for a shell.

use clap::CommandFactory;
use clap_complete::generate;
use local_terminal::{Unwritten, print};

use crate::options::{Completions, Options};

/// Prints a script that the shell reads.
///
/// # Errors
/// When it cannot be written.
pub fn run(options: &Completions) -> Result<(), Unwritten> {
    let mut command = Options::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    generate(options.shell.generator(), &mut command, name, &mut script);
    print(String::from_utf8_lossy(&script).trim_end())
}
