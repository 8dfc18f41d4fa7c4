//! The machine of a measurement.

use std::fs;
use std::process::Command;

use serde::{Deserialize, Serialize};

/// The properties of a machine that affect the figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The model of the processor.
    pub processor: String,
    /// The number of processors that this process can use.
    pub processors: usize,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// The kernel's name and release.
    pub kernel: String,
    /// The compiler's version.
    pub rustc: String,
    /// The day of the run, `YYYY-MM-DD`.
    pub day: String,
}

impl Machine {
    /// Returns this machine's properties and today's date.
    pub fn of_this_run() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            text.lines()
                .find(|line| line.starts_with(name))
                .and_then(|line| Some(line.split_once(':')?.1.trim().to_owned()))
        };
        let memory = field(&read("/proc/meminfo"), "MemTotal")
            .and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
        Self {
            processor: field(&read("/proc/cpuinfo"), "model name")
                .unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: memory.unwrap_or_default() / 1024,
            kernel: format!("Linux {}", read("/proc/sys/kernel/osrelease").trim()),
            rustc: version_of("rustc"),
            day: time::OffsetDateTime::now_utc().date().to_string(),
        }
    }
}

/// Returns the first line of `<program> --version`, or `no <program>` if it cannot run.
pub fn version_of(program: &str) -> String {
    Command::new(program)
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .and_then(|text| Some(text.lines().next()?.trim().to_owned()))
        .unwrap_or_else(|| format!("no {program}"))
}
