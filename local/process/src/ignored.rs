//! The check for an ignored SIGHUP, with which a process outlives its terminal.

use std::fs;

use rustix::process::Signal;

/// Reports whether this process was started with SIGHUP ignored, as `nohup` does. Read from Linux's
/// `/proc`, see `proc_pid_status(5)`. Call this before the process handles that signal, which ends the
/// ignoring.
pub(crate) fn ignores_hang_up() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    is_ignored(Signal::HUP, &status)
}

fn is_ignored(signal: Signal, status: &str) -> bool {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal.as_raw() - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line of `nohup grep SigIgn /proc/self/status`; the first bit is SIGHUP's.
    #[test]
    fn a_mask_has_a_bit_for_each_signal() {
        let status = "Name:\tgrep\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000001\n";
        assert!(is_ignored(Signal::HUP, status));
        assert!(!is_ignored(Signal::INT, status));
        assert!(!is_ignored(Signal::HUP, "SigIgn:\t0000000000000000\n"));
        assert!(!is_ignored(Signal::HUP, ""));
    }
}
