//! What sets the alarms off.

use e2e::{Failure, press};
use local_account::{Caller, Effect, FaultRule, Refusal};
use local_harness::sample::put_campaign;

use crate::monitoring::world::{BROKEN_PIN, MonitoringWorld, PIN, WRONG_PIN};

/// Each cause with the alarms that it sets off, in an order in which nothing does so before.
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
    /// Somebody calls who is none.
    NotAMember,
    /// A message is sent, and another one to a number that wants none.
    Message,
    /// A PIN that is in no row.
    WrongPin,
    /// More of them than a caller may try.
    Locked,
    /// SNS refuses a message.
    Refused,
    /// The row of a right PIN cannot be used.
    BrokenRow,
    /// Nobody knows whether a message went.
    LostAnswer,
    /// DynamoDB refuses what is written when a try has ended, the hour's count among it.
    HourThrottled,
    /// A table does not answer.
    Failure,
    /// Lambda runs no more of the function.
    Throttled,
}

impl Cause {
    pub(crate) async fn happen(self, world: &MonitoringWorld) -> Result<(), Failure> {
        let faults = world.line.aws.account.faults();
        let publish = |effect| FaultRule::new("sns", effect).operation("Publish");
        match self {
            Self::NotAMember => world.call("+818087654321", &[]).await?,
            Self::Message => {
                let number = world.member(1).await?;
                world.line.aws.client.opt_out(e2e::REGION, &number).await?;
                world.call(&number, &[PIN]).await?;
                world.call(&world.member(2).await?, &[PIN]).await?;
            }
            Self::WrongPin => world.call(&world.member(3).await?, &[WRONG_PIN]).await?,
            Self::Locked => {
                let number = world.member(4).await?;
                // Five in an hour are allowed, three in a call. An hour may end in between.
                // The same PIN again in the same call would be the same attempt.
                for _ in 0..4 {
                    let pins = [WRONG_PIN, "99887767", "99887768"];
                    world.call(&number, &pins).await?;
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
                world.call(&world.member(5).await?, &[PIN]).await?;
            }
            Self::BrokenRow => {
                let table = &world.outputs.benefits_table_name;
                let client = &world.line.aws.client;
                put_campaign(client, e2e::REGION, table, BROKEN_PIN, "no URL").await?;
                world.call(&world.member(9).await?, &[BROKEN_PIN]).await?;
            }
            Self::LostAnswer => {
                faults.add(publish(Effect::LostAnswer))?;
                world.call(&world.member(6).await?, &[PIN]).await?;
            }
            Self::HourThrottled => {
                let rule = FaultRule::new("dynamodb", Effect::Throttle).operation("UpdateItem");
                faults.add(rule.caller(Caller::Functions).nth(2).times(1_000))?;
                world.call(&world.member(10).await?, &[PIN]).await?;
            }
            Self::Failure => {
                let rule = FaultRule::new("dynamodb", Effect::ServerError);
                faults.add(rule.operation("GetItem").caller(Caller::Functions))?;
                world.call(&world.member(7).await?, &[]).await?;
            }
            Self::Throttled => {
                let function = &world.outputs.function_name;
                world
                    .lambda
                    .put_function_concurrency()
                    .function_name(function)
                    .reserved_concurrent_executions(0)
                    .send()
                    .await?;
                world.call(&world.member(8).await?, &[]).await?;
                world
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

impl MonitoringWorld {
    /// Dials, and keys the PINs as long as the line asks for one.
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
