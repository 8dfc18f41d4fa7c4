//! The causes of alarms.

use e2e::{Failure, press};
use local_account::{Caller, Effect, FaultRule, Refusal};
use local_harness::sample::put_campaign;

use crate::monitoring::setup::{BROKEN_PIN, MonitoringSetup, PIN, WRONG_PIN};

/// Each cause with the alarms that it sets off, in an order in which no earlier cause sets them off.
pub(crate) const ALL: [(&[&str], Cause); 10] = [
    (&["duration"], Cause::NotAMember),
    (&["sms-spend-50", "undelivered"], Cause::Message),
    (&["wrong-pins"], Cause::WrongPin),
    (&["locks"], Cause::Locked),
    (&["sms-failures"], Cause::Refused),
    (&["faults"], Cause::BrokenRow),
    (&["sms-spend-80"], Cause::LostAnswer),
    (&["unguarded-tries"], Cause::HourThrottled),
    (&["errors"], Cause::Failure),
    (&["throttles"], Cause::Throttled),
];

#[derive(Debug, Clone, Copy)]
pub(crate) enum Cause {
    /// The caller is not a member.
    NotAMember,
    /// One message is sent, and another to a number that has opted out.
    Message,
    /// The caller keys a PIN that no row has.
    WrongPin,
    /// The caller keys more wrong PINs than an hour allows.
    Locked,
    /// SNS refuses a message.
    Refused,
    /// The caller keys a right PIN whose row cannot be used.
    BrokenRow,
    /// The answer of `Publish` is lost, so the function cannot know whether a message was sent.
    LostAnswer,
    /// DynamoDB throttles the writes at the end of an attempt, including the hour's count.
    HourThrottled,
    /// A table does not answer.
    Failure,
    /// Lambda throttles the function.
    Throttled,
}

impl Cause {
    pub(crate) async fn happen(self, setup: &MonitoringSetup) -> Result<(), Failure> {
        let faults = setup.line.aws.account.faults();
        let publish = |effect| FaultRule::new("sns", effect).operation("Publish");
        match self {
            Self::NotAMember => setup.call("+818087654321", &[]).await?,
            Self::Message => {
                let number = setup.member(1).await?;
                setup.line.aws.client.opt_out(e2e::REGION, &number).await?;
                setup.call(&number, &[PIN]).await?;
                setup.call(&setup.member(2).await?, &[PIN]).await?;
            }
            Self::WrongPin => setup.call(&setup.member(3).await?, &[WRONG_PIN]).await?,
            Self::Locked => {
                let number = setup.member(4).await?;
                // Five wrong PINs are allowed in an hour, three in a call. Twelve exceed the limit even if
                // an hour ends in between. The PINs of a call differ, because the same PIN in the same call
                // is the same attempt.
                for _ in 0..4 {
                    let pins = [WRONG_PIN, "99887767", "99887768"];
                    setup.call(&number, &pins).await?;
                }
            }
            Self::Refused => {
                let refusal = Refusal {
                    code: "OptedOut".to_owned(),
                    status: 400,
                    message: "Phone number is opted out".to_owned(),
                    members: serde_json::Map::new(),
                };
                faults.add(publish(Effect::Refuse(refusal)))?;
                setup.call(&setup.member(5).await?, &[PIN]).await?;
            }
            Self::BrokenRow => {
                let table = &setup.outputs.benefits_table_name;
                let client = &setup.line.aws.client;
                put_campaign(client, e2e::REGION, table, BROKEN_PIN, "no URL").await?;
                setup.call(&setup.member(9).await?, &[BROKEN_PIN]).await?;
            }
            Self::LostAnswer => {
                faults.add(publish(Effect::LostAnswer))?;
                setup.call(&setup.member(6).await?, &[PIN]).await?;
            }
            Self::HourThrottled => {
                let rule = FaultRule::new("dynamodb", Effect::Throttle).operation("UpdateItem");
                faults.add(rule.caller(Caller::Functions).nth(2).times(1_000))?;
                setup.call(&setup.member(10).await?, &[PIN]).await?;
            }
            Self::Failure => {
                let rule = FaultRule::new("dynamodb", Effect::ServerError);
                faults.add(rule.operation("GetItem").caller(Caller::Functions))?;
                setup.call(&setup.member(7).await?, &[]).await?;
            }
            Self::Throttled => {
                let function = &setup.outputs.function_name;
                setup
                    .lambda
                    .put_function_concurrency()
                    .function_name(function)
                    .reserved_concurrent_executions(0)
                    .send()
                    .await?;
                setup.call(&setup.member(8).await?, &[]).await?;
                setup
                    .lambda
                    .delete_function_concurrency()
                    .function_name(function)
                    .send()
                    .await?;
            }
        }
        faults.clear();
        Ok(())
    }
}

impl MonitoringSetup {
    /// Calls the line, and keys the PINs while the line waits for one.
    async fn call(&self, from: &str, pins: &[&str]) -> Result<(), Failure> {
        let mut call = self.dial(from).await?;
        for pin in pins {
            if call.is_waiting() {
                press(&mut call, pin).await;
            }
        }
        call.hang_up().await;
        Ok(())
    }
}
