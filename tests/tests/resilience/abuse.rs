//! Messages that must not go out.

use aws_sdk_dynamodb::types::AttributeValue;
use e2e::Failure;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::resilience::world::{
    NOT_A_MEMBER, NOT_SENT, OVER, ResilienceWorld, SENT, TROUBLE, room_in_this_hour,
};

pub(crate) async fn strangers_never_reach_the_message(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    let right = world.campaign("44440001", []).await?;
    let stranger = world.phone(4, 1);
    assert_eq!(world.last_words(&stranger, &[right]).await?, NOT_A_MEMBER);
    assert_eq!(world.sent_to(&stranger), 0);
    Ok(())
}

pub(crate) async fn a_member_gets_two_messages_a_day(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    // A day ends when an hour does.
    room_in_this_hour().await;
    let caller = world.member(5, 1).await?;
    let right = world.campaign("55550001", []).await?;
    assert_eq!(world.last_words(&caller, &[right]).await?, SENT);
    assert_eq!(world.last_words(&caller, &[right]).await?, SENT);
    assert_eq!(world.last_words(&caller, &[right]).await?, NOT_SENT);
    assert_eq!(world.sent_to(&caller), 2);
    Ok(())
}

/// Two hundred members, fifty messages to give: all at once, or on a machine with other work as many
/// at once as it can serve. Whoever is told of trouble may have taken one that was not sent, so exactly
/// fifty are expected where nobody is; more are never sent.
pub(crate) async fn a_limited_campaign_is_redeemed_exactly_as_often(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    const MEMBERS: u32 = 200;
    let mut first = 0;
    for (pin, at_once) in [("66660001", 200), ("66660002", 80), ("66660003", 20)] {
        let limit = AttributeValue::N("50".into());
        let right = world.campaign(pin, [("maxRedemptions", limit)]).await?;
        let before = world.line.aws.messages().len();
        let words: Vec<String> = stream::iter(first..first + MEMBERS)
            .map(|n| async move {
                let caller = world.member(6, n).await?;
                world.last_words(&caller, &[right]).await
            })
            .buffer_unordered(at_once)
            .try_collect()
            .await?;
        first += MEMBERS;
        let messages = world.line.aws.messages().len() - before;
        assert!(messages <= 50, "{messages} messages were sent");
        let said = |what: &str| words.iter().filter(|words| *words == what).count();
        let trouble = said(TROUBLE);
        e2e::report!("load: of {MEMBERS} right PINs, {at_once} at once, {trouble} had trouble");
        if trouble > 0 {
            continue;
        }
        assert_eq!((said(SENT), said(OVER)), (50, 150), "{words:?}");
        assert_eq!(messages, 50);
        return Ok(());
    }
    Err("this machine could not serve twenty calls at once without trouble".into())
}

pub(crate) async fn campaigns_have_rules_of_their_own(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    let number = |seconds: i64| AttributeValue::N(seconds.to_string());
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)?
        .as_secs();
    let now = i64::try_from(now)?;
    let caller = world.member(7, 1).await?;
    for (pin, name, value) in [
        ("77770001", "enabled", AttributeValue::Bool(false)),
        ("77770002", "startsAt", number(now + 3_600)),
        ("77770003", "expiresAt", number(now - 1)),
    ] {
        let pin = world.campaign(pin, [(name, value)]).await?;
        assert_eq!(world.last_words(&caller, &[pin]).await?, OVER, "{name}");
    }
    assert_eq!(world.sent_to(&caller), 0);

    let single = AttributeValue::Bool(true);
    let pin = world
        .campaign("77770004", [("singleUsePerMember", single)])
        .await?;
    assert_eq!(world.last_words(&caller, &[pin]).await?, SENT);
    assert_eq!(world.last_words(&caller, &[pin]).await?, OVER);

    let own = AttributeValue::S("特典はこちら {url}".into());
    let member = world.member(7, 2).await?;
    let pin = world.campaign("77770005", [("message", own)]).await?;
    assert_eq!(world.last_words(&member, &[pin]).await?, SENT);
    let messages = world.line.aws.messages();
    let message = messages.last().expect("a message was sent");
    assert!(message.message.starts_with("特典はこちら https://"));
    Ok(())
}
