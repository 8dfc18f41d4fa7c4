//! A thousand calls at the same time, through the pool of real function processes.

use std::time::Instant;

use e2e::Failure;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::resilience::memory;
use crate::resilience::telephone::Telephone;
use crate::resilience::world::{ResilienceWorld, SENT};

const CALLS: u32 = 1_000;
/// Open when the memory is looked at first.
const FIRST: u32 = 200;
/// Invocations at the same time; every call is open all the while.
const AT_ONCE: usize = 32;

/// What one more open call may take, with its member, its contact, its way through the flow and
/// everything that is logged, traced and recorded of it.
const KIB_PER_CALL: u64 = 256;

pub(crate) async fn a_thousand_open_calls_send_every_message_once(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    let pin = world.campaign("12340001", []).await?;
    // Processes of other scenarios go.
    world.renew_processes().await?;
    let started = Instant::now();

    let mut calls = open(world, 0..FIRST).await?;
    let first = memory::of_this_process();
    calls.extend(open(world, FIRST..CALLS).await?);
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
        assert_eq!(world.sent_to(caller), 1);
    }
    let per_call = all.saturating_sub(first) / u64::from(CALLS - FIRST);
    let processes = memory::of_processes_named("bootstrap");
    e2e::report!(
        "load: {CALLS} calls open at once, {:.0} calls per second; {} MiB here at most, {per_call} \
         KiB for each call more; {} function processes with {} MiB",
        f64::from(CALLS) / took.as_secs_f64(),
        memory::most_of_this_process() / 1024,
        processes.len(),
        processes.iter().sum::<u64>() / 1024,
    );
    assert!(
        per_call <= KIB_PER_CALL,
        "{per_call} KiB for each call more"
    );
    assert!(
        (1..=AT_ONCE).contains(&processes.len()),
        "{} processes for {AT_ONCE} invocations at once",
        processes.len()
    );
    Ok(())
}

async fn open(
    world: &ResilienceWorld,
    numbers: std::ops::Range<u32>,
) -> Result<Vec<(String, Telephone<'_>)>, Failure> {
    stream::iter(numbers)
        .map(|n| async move {
            let caller = world.member(10, n).await?;
            let call = world.dial(&caller).await?;
            Ok((caller, call))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
