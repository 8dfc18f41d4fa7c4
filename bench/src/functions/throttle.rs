//! Limits a function to the share of a processor that Lambda gives its memory size, with control groups.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// The memory size from which a function has a whole processor, according to AWS's developer guide.
pub const LAMBDA_FULL_PROCESSOR_MB: u32 = 1769;

/// The beginning of the groups' names; the process id of the bench follows.
const PREFIX: &str = "connect-pin-sms-bench-";

/// The period of the limit, in microseconds.
const PERIOD_US: u32 = 20_000;

/// A control group whose processes together have the share of one function.
///
/// Its processes are throttled from the first instruction. Lambda gives a starting function more than its
/// share, so a start is not slower there than here.
#[derive(Debug)]
pub struct CpuShare {
    directory: PathBuf,
    memory_mb: u32,
}

impl CpuShare {
    /// Creates a group with the share of this memory size.
    ///
    /// # Errors
    /// When the control group cannot be created, which needs root and a mounted `cpu` controller of
    /// version 1 or 2.
    pub fn of_memory(memory_mb: u32) -> anyhow::Result<Self> {
        let quota =
            u64::from(PERIOD_US) * u64::from(memory_mb) / u64::from(LAMBDA_FULL_PROCESSOR_MB);
        let name = format!("{PREFIX}{}-{memory_mb}", std::process::id());
        let legacy = Path::new("/sys/fs/cgroup/cpu");
        let (root, limits) = if legacy.join("cpu.cfs_quota_us").exists() {
            let limits = vec![
                ("cpu.cfs_period_us", PERIOD_US.to_string()),
                ("cpu.cfs_quota_us", quota.to_string()),
            ];
            (legacy, limits)
        } else {
            let limits = vec![("cpu.max", format!("{quota} {PERIOD_US}"))];
            (Path::new("/sys/fs/cgroup"), limits)
        };
        remove_stale_groups(root);
        let directory = root.join(name);
        fs::create_dir(&directory)
            .with_context(|| format!("cannot create the control group {}", directory.display()))?;
        let share = Self {
            directory,
            memory_mb,
        };
        for (file, value) in limits {
            let path = share.directory.join(file);
            fs::write(&path, value)
                .with_context(|| format!("cannot set the limit in {}", path.display()))?;
        }
        Ok(share)
    }

    /// Returns the memory size to which the share belongs.
    pub fn memory_mb(&self) -> u32 {
        self.memory_mb
    }

    /// Returns the file to which a process writes its id to enter the group.
    pub(super) fn processes_file(&self) -> PathBuf {
        self.directory.join("cgroup.procs")
    }
}

/// Removes the groups of benches that were killed. The kernel keeps a group that has processes.
fn remove_stale_groups(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let process = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('-'));
        if let Some((process, _)) = process
            && !Path::new("/proc").join(process).exists()
        {
            fs::remove_dir(entry.path()).ok();
        }
    }
}

impl Drop for CpuShare {
    fn drop(&mut self) {
        // The kernel keeps a group that has processes; they end before the account does.
        fs::remove_dir(&self.directory).ok();
    }
}
