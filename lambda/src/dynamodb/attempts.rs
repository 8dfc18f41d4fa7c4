use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::{Row, Table, number};
use crate::attempts::{Admission, Attempt, Limits, Record, SingleUse, Verdict};
use crate::cause::Cause;
use crate::ports::{AttemptLedger, LookupError};
use crate::sdk;

const KEY: &str = "pk";
const EXPIRES_AT: &str = "expiresAt";

// A caller's day.
const WRONG_TODAY: &str = "d";
const CLAIMS: &str = "claims";
const SENT: &str = "sent";
const OPEN: &str = "open";

// An hour of everybody, and a single use.
const WRONG: &str = "wrong";
const BY: &str = "by";

const DAY: u64 = 86_400;

/// The attempts table: what callers have tried. Its rows expire.
///
/// | `pk` | holds |
/// |---|---|
/// | `CALLER#<tag>#<day>` | sets of attempt ids: `d` (wrong today), `h00` … `h23` (wrong in that hour, UTC), `claims` (may have led to a message), `sent` (did); `open` (ids with the tokens of invocations that have not closed them) |
/// | `GLOBAL#<day>T<hour>` | `wrong`: the wrong PINs of all callers |
/// | `USED#<tag>` | `by`: the invocation that redeemed a campaign for a member |
///
/// The conditions rest on sets and tokens, so that each write can be repeated. The one exception is
/// `wrong`, which is written once and never again: after an outage it may lack a wrong PIN that the
/// caller's own day has.
#[derive(Clone, Debug)]
pub struct AttemptsTable(Table);

/// A moment, as keys and attributes have it.
struct Moment {
    day: String,
    hour_of_day: String,
}

impl Moment {
    fn at(seconds: u64) -> Result<Self, Cause> {
        let text = i64::try_from(seconds)
            .ok()
            .and_then(|at| DateTime::from_secs(at).fmt(DateTimeFormat::DateTime).ok());
        // 2026-11-23T08:…
        let parts = text
            .as_deref()
            .and_then(|text| Some((text.get(..10)?, text.get(11..13)?)));
        let (day, hour) = parts.ok_or_else(|| Cause::scrubbed("the clock is off"))?;
        Ok(Self {
            day: day.to_owned(),
            hour_of_day: hour.to_owned(),
        })
    }

    fn wrong_this_hour(&self) -> String {
        format!("h{}", self.hour_of_day)
    }

    fn everybody(&self) -> String {
        format!("GLOBAL#{}T{}", self.day, self.hour_of_day)
    }
}

impl AttemptsTable {
    /// The table called `name`.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self(Table {
            client,
            name: name.into(),
            key: KEY.to_owned(),
        })
    }

    fn update(&self, key: &str) -> UpdateItemFluentBuilder {
        let (name, value) = self.0.key_value(key);
        self.0
            .client
            .update_item()
            .table_name(&self.0.name)
            .key(name, value)
    }

    async fn write_verdict(
        &self,
        attempt: &Attempt,
        moment: &Moment,
        verdict: Verdict,
    ) -> Result<(), Cause> {
        let update = match verdict {
            Verdict::Wrong => "DELETE #claims :ids, #open :owners",
            Verdict::Sent => "ADD #sent :ids DELETE #d :ids, #h :ids, #open :owners",
            Verdict::Unclear => "DELETE #d :ids, #h :ids, #open :owners",
            Verdict::Released => "DELETE #d :ids, #h :ids, #claims :ids, #open :owners",
        };
        // DynamoDB refuses aliases that an expression does not use.
        let aliases = [
            ("#claims", CLAIMS.to_owned()),
            ("#sent", SENT.to_owned()),
            ("#d", WRONG_TODAY.to_owned()),
            ("#h", moment.wrong_this_hour()),
            ("#open", OPEN.to_owned()),
        ];
        let mut request = self.update(&caller_key(attempt, moment));
        for (alias, name) in aliases {
            if update.contains(alias) {
                request = request.expression_attribute_names(alias, name);
            }
        }
        let answer = request
            .update_expression(update)
            .condition_expression("contains(#open, :owner)")
            .expression_attribute_values(":ids", set(&attempt.id))
            .expression_attribute_values(":owners", set(&attempt.owner))
            .expression_attribute_values(":owner", AttributeValue::S(attempt.owner.clone()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            // Closed by a try whose answer got lost, or never entered.
            Err(error) if is_unmet(error.as_service_error()) => Ok(()),
            Err(error) => Err(self.0.about(sdk::cause(&error))),
        }
    }

    async fn count_for_everybody(&self, moment: &Moment, at: u64) -> Result<(), Cause> {
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(sdk::no_retries());
        self.update(&moment.everybody())
            .update_expression("SET #expires = :expires ADD #wrong :one")
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_names("#wrong", WRONG)
            .expression_attribute_values(":expires", number(at.saturating_add(DAY)))
            .expression_attribute_values(":one", number(1))
            .customize()
            .config_override(once)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.0.about(sdk::cause(&error)))
    }
}

impl AttemptLedger for AttemptsTable {
    async fn open(&self, attempt: &Attempt, limits: &Limits) -> Result<Admission, Cause> {
        let moment = Moment::at(attempt.at)?;
        let answer = self
            .update(&caller_key(attempt, &moment))
            .update_expression(
                "SET #expires = :expires ADD #d :ids, #h :ids, #claims :ids, #open :owners",
            )
            .condition_expression(
                "(attribute_not_exists(#d) OR size(#d) < :day) \
                 AND (attribute_not_exists(#h) OR size(#h) < :hour) \
                 AND (attribute_not_exists(#claims) OR size(#claims) < :sms) \
                 AND NOT contains(#claims, :id) AND NOT contains(#d, :id)",
            )
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_names("#d", WRONG_TODAY)
            .expression_attribute_names("#h", moment.wrong_this_hour())
            .expression_attribute_names("#claims", CLAIMS)
            .expression_attribute_names("#open", OPEN)
            // The day's end and one day more: nobody asks for the day before yesterday.
            .expression_attribute_values(":expires", number((attempt.at / DAY + 2) * DAY))
            .expression_attribute_values(":ids", set(&attempt.id))
            .expression_attribute_values(":owners", set(&attempt.owner))
            .expression_attribute_values(":id", AttributeValue::S(attempt.id.clone()))
            .expression_attribute_values(":day", number(limits.per_day))
            .expression_attribute_values(":hour", number(limits.per_hour))
            .expression_attribute_values(":sms", number(limits.sms_per_day))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else {
            return Ok(Admission::Admitted);
        };
        if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) =
            error.as_service_error()
            && let Some(row) = failed.item()
        {
            return Ok(record(row, &moment).judge(attempt, limits));
        }
        Err(self.0.about(sdk::cause(&error)))
    }

    async fn recorded(&self, attempt: &Attempt, at: u64) -> Result<Record, Cause> {
        let moment = Moment::at(at)?;
        let key = caller_key(attempt, &moment);
        let hour = moment.wrong_this_hour();
        let sets = [WRONG_TODAY, hour.as_str(), CLAIMS, SENT, OPEN];
        let row = self.0.read_now(&key, &sets).await?;
        Ok(row.map_or_else(Record::default, |row| record(&row, &moment)))
    }

    async fn wrong_pins(&self, now: u64) -> Result<u64, Cause> {
        let key = Moment::at(now)?.everybody();
        let row = match self.0.read(&key, &[WRONG]).await {
            Ok(row) => row,
            Err(LookupError::Unreadable(cause)) => return Err(cause),
            Err(LookupError::Faulty(fault)) => return Err(Cause::scrubbed(fault)),
        };
        let count = row.as_ref().and_then(|row| row.get(WRONG)?.as_n().ok());
        Ok(count.and_then(|count| count.parse().ok()).unwrap_or(0))
    }

    async fn close(&self, attempt: &Attempt, verdict: Verdict) -> Result<(), Cause> {
        let moment = Moment::at(attempt.at)?;
        let write = self.write_verdict(attempt, &moment, verdict);
        if verdict != Verdict::Wrong {
            return write.await;
        }
        let (written, counted) = tokio::join!(write, self.count_for_everybody(&moment, attempt.at));
        written.and(counted)
    }

    async fn use_once(&self, usage: &SingleUse) -> Result<bool, Cause> {
        let mut update = "SET #by = :token".to_owned();
        let mut request = self.update(&use_key(usage));
        if let Some(forget_at) = usage.forget_at {
            update.push_str(", #expires = :expires");
            request = request
                .expression_attribute_names("#expires", EXPIRES_AT)
                .expression_attribute_values(":expires", number(forget_at));
        }
        let answer = request
            .update_expression(update)
            .condition_expression("attribute_not_exists(#by) OR #by = :token")
            .expression_attribute_names("#by", BY)
            .expression_attribute_values(":token", AttributeValue::S(usage.token.clone()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) if is_unmet(error.as_service_error()) => Ok(false),
            Err(error) => Err(self.0.about(sdk::cause(&error))),
        }
    }

    async fn unuse(&self, usage: &SingleUse) -> Result<(), Cause> {
        let (name, value) = self.0.key_value(&use_key(usage));
        let answer = self
            .0
            .client
            .delete_item()
            .table_name(&self.0.name)
            .key(name, value)
            .condition_expression("#by = :token")
            .expression_attribute_names("#by", BY)
            .expression_attribute_values(":token", AttributeValue::S(usage.token.clone()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(self.0.about(sdk::cause(&error))),
        }
    }
}

fn is_unmet(error: Option<&UpdateItemError>) -> bool {
    error.is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

fn caller_key(attempt: &Attempt, moment: &Moment) -> String {
    format!("CALLER#{}#{}", attempt.caller, moment.day)
}

fn use_key(usage: &SingleUse) -> String {
    format!("USED#{}", usage.tag)
}

fn set(id: &str) -> AttributeValue {
    AttributeValue::Ss(vec![id.to_owned()])
}

fn record(row: &Row, moment: &Moment) -> Record {
    let ids = |name: &str| {
        let ids = row.get(name).and_then(|value| value.as_ss().ok());
        ids.into_iter().flatten().cloned().collect()
    };
    Record {
        wrong_today: ids(WRONG_TODAY),
        wrong_this_hour: ids(&moment.wrong_this_hour()),
        claims: ids(CLAIMS),
        sent: ids(SENT),
        open: ids(OPEN),
    }
}
