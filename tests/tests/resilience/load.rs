//! A thousand open calls, served by real function processes.

use std::time::Instant;

use e2e::Failure;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::resilience::memory;
use crate::resilience::phone::Phone;
use crate::resilience::setup::{ResilienceSetup, SENT};

const CALLS: u32 = 1_000;
/// The number of open calls at the first measurement of memory.
const FIRST: u32 = 200;
/// The number of parallel invocations. All calls stay open meanwhile.
const AT_ONCE: usize = 32;

/// The most memory for another open call, with its member, its contact, its path through the flow and its
/// logs, traces and records.
const KIB_PER_CALL: u64 = 256;

pub(crate) async fn a_thousand_open_calls_send_every_message_once(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    let pin = setup.campaign("12340001", []).await?;
    // Stop the processes of other scenarios.
    setup.renew_processes().await?;
    let started = Instant::now();

    let mut calls = open(setup, 0..FIRST).await?;
    let first = memory::of_this_process();
    calls.extend(open(setup, FIRST..CALLS).await?);
    let all = memory::of_this_process();
    assert!(calls.iter().all(|(_, call)| call.is_waiting()));

    let callers: Vec<String> = stream::iter(calls)
        .map(|(caller, mut call)| async move {
            call.press(&format!("{pin}#")).await;
            assert_eq!(call.heard().last(), Some(&SENT), "{:?}", call.events());
            caller
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;

    let took = started.elapsed();
    assert_eq!(callers.len(), CALLS as usize);
    for caller in &callers {
        assert_eq!(setup.sent_to(caller), 1);
    }
    let per_call = all.saturating_sub(first) / u64::from(CALLS - FIRST);
    let processes = memory::of_processes_named("bootstrap");
    e2e::report!(
        "load: {CALLS} calls open at once, {:.0} calls per second; {} MiB here at most, {per_call} \
         KiB per further call; {} function processes with {} MiB",
        f64::from(CALLS) / took.as_secs_f64(),
        memory::peak_of_this_process() / 1024,
        processes.len(),
        processes.iter().sum::<u64>() / 1024,
    );
    assert!(
        per_call <= KIB_PER_CALL,
        "a further call must take at most {KIB_PER_CALL} KiB, but took {per_call}"
    );
    assert!(
        (1..=AT_ONCE).contains(&processes.len()),
        "{AT_ONCE} parallel invocations must have as many processes at most, but had {}",
        processes.len()
    );
    Ok(())
}

async fn open(
    setup: &ResilienceSetup,
    numbers: std::ops::Range<u32>,
) -> Result<Vec<(String, Phone<'_>)>, Failure> {
    stream::iter(numbers)
        .map(|n| async move {
            let caller = setup.member(10, n).await?;
            let call = setup.dial(&caller).await?;
            Ok((caller, call))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
