//! The memory that an import takes does not grow with its file.

use std::fmt::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::account::{Account, BINARY};
use crate::line::LINE;

/// The rows of the smaller and of the larger file.
const ROWS: [usize; 2] = [10_000, 100_000];

/// The most memory of the larger import, as a share of the smaller one's. Both keep the PINs, to find
/// repetitions; nothing else of a file may stay.
const MOST: f64 = 1.75;

/// The time between two looks at a process.
const PAUSE: Duration = Duration::from_millis(5);

#[tokio::test(flavor = "multi_thread")]
async fn ten_times_the_rows_take_little_more_memory() {
    let account = Account::with_line(&[]).await;
    let peaks = ROWS.map(|rows| {
        let mut csv = String::from("pinCode,campaignUrl,campaignId\n");
        for row in 0..rows {
            writeln!(csv, "{row:08},https://example.com/{row:08},spring").unwrap();
        }
        peak(&account, &account.file("campaigns.csv", &csv))
    });
    let [small, large] = peaks.map(|peak| f64::from(u32::try_from(peak).unwrap()));
    println!("{small} and {large} KiB");
    assert!(large < small * MOST, "{small} and {large} KiB");
    account.stop().await;
}

/// Returns the largest memory of an import, in KiB, as the kernel counts it (proc(5), VmHWM). A dry run
/// reads the file twice and compares all rows with the table.
fn peak(account: &Account, file: &str) -> u64 {
    let mut child = Command::new(BINARY)
        .args(["campaigns", "import", file, "--dry-run", "--line", LINE])
        .env("AWS_ENDPOINT_URL", &account.endpoint_url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let size = line.and_then(|line| line.trim().strip_suffix(" kB"));
        if let Some(size) = size.and_then(|size| size.parse().ok()) {
            peak = size;
        }
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        // The peak only grows. Looking at it all the time would take a processor from the import.
        std::thread::sleep(PAUSE);
    };
    assert!(ended.success(), "{ended}");
    assert!(peak > 0, "the kernel must tell the memory of a process");
    peak
}
