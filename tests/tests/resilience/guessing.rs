//! Guessing PINs.

use e2e::Failure;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::resilience::world::{
    LOCKED, ResilienceWorld, SENT, TROUBLE, WRONG, WRONG_AGAIN, room_in_this_hour,
};

/// Three tries a call, five wrong PINs an hour: the sixth is not even looked at.
pub(crate) async fn tries_end_with_the_call_and_then_with_the_hour(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    room_in_this_hour().await;
    let caller = world.member(1, 1).await?;
    let right = world.campaign("11110001", []).await?;

    let first = world
        .call(&caller, &["91110001", "91110002", "91110003"])
        .await?;
    assert_eq!(first.heard()[1..], [WRONG_AGAIN, WRONG_AGAIN, WRONG]);

    let second = world
        .call(&caller, &["91110004", "91110005", "91110006"])
        .await?;
    assert_eq!(second.heard()[1..], [WRONG_AGAIN, WRONG_AGAIN, LOCKED]);

    // Whether a PIN is right makes no difference any more.
    assert_eq!(world.last_words(&caller, &[right]).await?, LOCKED);
    assert_eq!(world.sent_to(&caller), 0);

    // Nobody else is concerned.
    let other = world.member(1, 2).await?;
    assert_eq!(world.last_words(&other, &[right]).await?, SENT);
    assert_eq!(world.sent_to(&other), 1);
    Ok(())
}

/// Two hundred calls of one number, all keyed in at once, learn of five PINs that they are wrong.
///
/// A machine with other work may be too slow for some of them; they are told of trouble, and learn
/// nothing.
pub(crate) async fn parallel_calls_cannot_outrun_the_limit(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    const CALLS: usize = 200;
    room_in_this_hour().await;
    let caller = &world.member(2, 1).await?;
    let calls: Vec<_> = stream::iter(0..CALLS)
        .map(|_| world.dial(caller))
        .buffer_unordered(40)
        .try_collect()
        .await?;
    assert!(calls.iter().all(|call| call.is_waiting()));
    let words: Vec<String> = stream::iter((0..).zip(calls))
        .map(|(n, mut call)| async move {
            call.press(&format!("92{n:06}")).await;
            call.hang_up().await;
            call.heard().last().copied().unwrap_or_default().to_owned()
        })
        .buffer_unordered(CALLS)
        .collect()
        .await;
    let said = |what: &str| words.iter().filter(|words| *words == what).count();
    let (told, kept_out, trouble) = (said(WRONG_AGAIN), said(LOCKED), said(TROUBLE));
    e2e::report!(
        "load: of {CALLS} wrong PINs at once {told} were called wrong, {trouble} had trouble"
    );
    assert_eq!(told + kept_out + trouble, CALLS, "{words:?}");
    assert!(told <= 5, "{told} PINs were called wrong");
    assert!(told + trouble >= 1, "nobody was told anything");
    assert_eq!(world.sent_to(caller), 0);
    Ok(())
}

/// Somebody who knows one PIN cannot use it to guess the others for ever.
pub(crate) async fn a_right_pin_takes_back_only_its_own_attempt(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    room_in_this_hour().await;
    let caller = world.member(3, 1).await?;
    let right = world.campaign("33330001", []).await?;
    let wrong = ["93330001", "93330002"];
    assert_eq!(
        world
            .last_words(&caller, &[wrong[0], wrong[1], right])
            .await?,
        SENT
    );
    assert_eq!(
        world
            .last_words(&caller, &["93330003", "93330004", "93330005"])
            .await?,
        WRONG
    );
    assert_eq!(world.last_words(&caller, &["93330006"]).await?, LOCKED);
    Ok(())
}
