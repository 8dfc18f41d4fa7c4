//! A thousand calls at the same time, through the pool of real function processes.

use std::time::Instant;

use e2e::Failure;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::world::{SENT, World};

const CALLS: u32 = 1_000;
/// Invocations at the same time; every call is open all the while.
const AT_ONCE: usize = 32;

pub(crate) async fn a_thousand_open_calls_send_every_message_once(
    world: &World,
) -> Result<(), Failure> {
    let pin = world.campaign("12340001", []).await?;
    let started = Instant::now();

    let calls: Vec<_> = stream::iter(0..CALLS)
        .map(|n| async move {
            let caller = world.member(10, n).await?;
            let call = world.dial(&caller).await?;
            Ok::<_, Failure>((caller, call))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
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
    println!(
        "load: {CALLS} calls open at once, {:.0} calls per second, {} at most in this process",
        f64::from(CALLS) / took.as_secs_f64(),
        peak_memory()
    );
    Ok(())
}

/// The account, the engine and all open calls live in this process.
fn peak_memory() -> String {
    std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .map_or_else(|| "unknown".into(), |peak| peak.trim().to_owned())
}
