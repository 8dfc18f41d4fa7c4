//! The share of a processor that Lambda gives by memory, by the kernel's own means.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// From this memory size on a function has a whole processor, as AWS's developer guide says.
pub const LAMBDA_FULL_PROCESSOR_MB: u32 = 1769;

/// What the groups' names begin with; the id of the bench's process follows.
const PREFIX: &str = "connect-pin-sms-bench-";

/// How long a period is in which a share is given out, in microseconds.
const PERIOD_US: u32 = 20_000;

/// A control group whose processes together get the share of one function.
///
/// Whatever starts in it is throttled from its first instruction. AWS lends a starting function
/// more than its share, so that a start is no slower there than here.
#[derive(Debug)]
pub struct CpuShare {
    directory: PathBuf,
    memory_mb: u32,
}

impl CpuShare {
    /// A group with the share of a function of this memory size.
    ///
    /// # Errors
    /// Where control groups cannot be made: that takes root and a mounted `cpu` controller of
    /// either version.
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
        forget_the_dead(root);
        let directory = root.join(name);
        fs::create_dir(&directory)
            .with_context(|| format!("no control group can be made at {}", directory.display()))?;
        let share = Self {
            directory,
            memory_mb,
        };
        for (file, value) in limits {
            let path = share.directory.join(file);
            fs::write(&path, value)
                .with_context(|| format!("the limit in {} cannot be set", path.display()))?;
        }
        Ok(share)
    }

    /// The memory size whose share it is.
    pub fn memory_mb(&self) -> u32 {
        self.memory_mb
    }

    /// The file whose readers' ids are the group's processes.
    pub(super) fn processes_file(&self) -> PathBuf {
        self.directory.join("cgroup.procs")
    }
}

/// Removes the groups of benches that were killed. One with processes in it stays.
fn forget_the_dead(root: &Path) {
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
        // A group with processes in it stays; they are gone before the account is.
        fs::remove_dir(&self.directory).ok();
    }
}
