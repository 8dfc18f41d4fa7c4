//! Attempts to guess PINs.

use e2e::Failure;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::resilience::setup::{
    LOCKED, ResilienceSetup, SENT, TROUBLE, WRONG, WRONG_AGAIN, avoid_end_of_hour,
};

/// A call has three attempts, and an hour five wrong PINs. The sixth PIN is not looked up.
pub(crate) async fn attempts_are_limited_per_call_and_per_hour(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    avoid_end_of_hour().await;
    let caller = setup.member(1, 1).await?;
    let right = setup.campaign("11110001", []).await?;

    let first = setup
        .call(&caller, &["91110001", "91110002", "91110003"])
        .await?;
    assert_eq!(first.heard()[1..], [WRONG_AGAIN, WRONG_AGAIN, WRONG]);

    let second = setup
        .call(&caller, &["91110004", "91110005", "91110006"])
        .await?;
    assert_eq!(second.heard()[1..], [WRONG_AGAIN, WRONG_AGAIN, LOCKED]);

    // A locked caller hears the same for the right PIN.
    assert_eq!(setup.last_sentence(&caller, &[right]).await?, LOCKED);
    assert_eq!(setup.sent_to(&caller), 0);

    // Other callers are not locked.
    let other = setup.member(1, 2).await?;
    assert_eq!(setup.last_sentence(&other, &[right]).await?, SENT);
    assert_eq!(setup.sent_to(&other), 1);
    Ok(())
}

/// Two hundred calls of one number key wrong PINs at the same time, and at most five of them hear that the
/// PIN is wrong.
///
/// A busy machine may be too slow for some calls. They hear of trouble, and learn nothing about the PIN.
pub(crate) async fn parallel_calls_cannot_outrun_the_limit(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    const CALLS: usize = 200;
    avoid_end_of_hour().await;
    let caller = &setup.member(2, 1).await?;
    let calls: Vec<_> = stream::iter(0..CALLS)
        .map(|_| setup.dial(caller))
        .buffer_unordered(40)
        .try_collect()
        .await?;
    assert!(calls.iter().all(|call| call.is_waiting()));
    let sentences: Vec<String> = stream::iter((0..).zip(calls))
        .map(|(n, mut call)| async move {
            call.press(&format!("92{n:06}")).await;
            call.hang_up().await;
            call.heard().last().copied().unwrap_or_default().to_owned()
        })
        .buffer_unordered(CALLS)
        .collect()
        .await;
    let count = |sentence: &str| sentences.iter().filter(|one| *one == sentence).count();
    let (wrong, locked, trouble) = (count(WRONG_AGAIN), count(LOCKED), count(TROUBLE));
    e2e::report!(
        "load: of {CALLS} wrong PINs at once {wrong} were called wrong, {trouble} had trouble"
    );
    assert_eq!(wrong + locked + trouble, CALLS, "{sentences:?}");
    assert!(wrong <= 5, "{wrong} PINs were called wrong");
    assert!(wrong + trouble >= 1, "all calls were locked out");
    assert_eq!(setup.sent_to(caller), 0);
    Ok(())
}

/// A caller who knows one PIN cannot use it to reset the limit and guess other PINs.
pub(crate) async fn a_right_pin_takes_back_only_its_own_attempt(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    avoid_end_of_hour().await;
    let caller = setup.member(3, 1).await?;
    let right = setup.campaign("33330001", []).await?;
    let wrong = ["93330001", "93330002"];
    assert_eq!(
        setup
            .last_sentence(&caller, &[wrong[0], wrong[1], right])
            .await?,
        SENT
    );
    assert_eq!(
        setup
            .last_sentence(&caller, &["93330003", "93330004", "93330005"])
            .await?,
        WRONG
    );
    assert_eq!(setup.last_sentence(&caller, &["93330006"]).await?, LOCKED);
    Ok(())
}
