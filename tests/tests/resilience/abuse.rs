//! Messages that must not be sent.

use aws_sdk_dynamodb::types::AttributeValue;
use e2e::Failure;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::resilience::setup::{
    NOT_A_MEMBER, NOT_SENT, OVER, ResilienceSetup, SENT, TROUBLE, avoid_end_of_hour,
};

pub(crate) async fn strangers_get_no_message(setup: &ResilienceSetup) -> Result<(), Failure> {
    let right = setup.campaign("44440001", []).await?;
    let stranger = setup.phone(4, 1);
    assert_eq!(
        setup.last_sentence(&stranger, &[right]).await?,
        NOT_A_MEMBER
    );
    assert_eq!(setup.sent_to(&stranger), 0);
    Ok(())
}

pub(crate) async fn a_member_gets_two_messages_a_day(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    // The day ends with an hour.
    avoid_end_of_hour().await;
    let caller = setup.member(5, 1).await?;
    let right = setup.campaign("55550001", []).await?;
    assert_eq!(setup.last_sentence(&caller, &[right]).await?, SENT);
    assert_eq!(setup.last_sentence(&caller, &[right]).await?, SENT);
    assert_eq!(setup.last_sentence(&caller, &[right]).await?, NOT_SENT);
    assert_eq!(setup.sent_to(&caller), 2);
    Ok(())
}

/// Two hundred members key the PIN of a campaign with fifty messages, all at once, or fewer at once on a busy
/// machine. A caller who hears of trouble may have used up a redemption without a message. So more than fifty
/// messages are never sent, and exactly fifty if no caller heard of trouble.
pub(crate) async fn a_limited_campaign_is_redeemed_exactly_as_often(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    const MEMBERS: u32 = 200;
    let mut first = 0;
    for (pin, at_once) in [("66660001", 200), ("66660002", 80), ("66660003", 20)] {
        let limit = AttributeValue::N("50".into());
        let right = setup.campaign(pin, [("maxRedemptions", limit)]).await?;
        let before = setup.line.aws.messages().len();
        let sentences: Vec<String> = stream::iter(first..first + MEMBERS)
            .map(|n| async move {
                let caller = setup.member(6, n).await?;
                setup.last_sentence(&caller, &[right]).await
            })
            .buffer_unordered(at_once)
            .try_collect()
            .await?;
        first += MEMBERS;
        let messages = setup.line.aws.messages().len() - before;
        assert!(messages <= 50, "{messages} messages were sent");
        let count = |sentence: &str| sentences.iter().filter(|one| *one == sentence).count();
        let trouble = count(TROUBLE);
        e2e::report!("load: of {MEMBERS} right PINs, {at_once} at once, {trouble} had trouble");
        if trouble > 0 {
            continue;
        }
        assert_eq!((count(SENT), count(OVER)), (50, 150), "{sentences:?}");
        assert_eq!(messages, 50);
        return Ok(());
    }
    Err("the machine must serve twenty calls at once without trouble, but could not".into())
}

pub(crate) async fn campaigns_have_rules_of_their_own(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    let number = |seconds: i64| AttributeValue::N(seconds.to_string());
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)?
        .as_secs();
    let now = i64::try_from(now)?;
    let caller = setup.member(7, 1).await?;
    for (pin, name, value) in [
        ("77770001", "enabled", AttributeValue::Bool(false)),
        ("77770002", "startsAt", number(now + 3_600)),
        ("77770003", "expiresAt", number(now - 1)),
    ] {
        let pin = setup.campaign(pin, [(name, value)]).await?;
        assert_eq!(setup.last_sentence(&caller, &[pin]).await?, OVER, "{name}");
    }
    assert_eq!(setup.sent_to(&caller), 0);

    let single = AttributeValue::Bool(true);
    let pin = setup
        .campaign("77770004", [("singleUsePerMember", single)])
        .await?;
    assert_eq!(setup.last_sentence(&caller, &[pin]).await?, SENT);
    assert_eq!(setup.last_sentence(&caller, &[pin]).await?, OVER);

    let own = AttributeValue::S("特典はこちら {url}".into());
    let member = setup.member(7, 2).await?;
    let pin = setup.campaign("77770005", [("message", own)]).await?;
    assert_eq!(setup.last_sentence(&member, &[pin]).await?, SENT);
    let messages = setup.line.aws.messages();
    let message = messages.last().expect("a message was sent");
    assert!(message.message.starts_with("特典はこちら https://"));
    Ok(())
}
