//! The attempts table: the records of callers' days. Its counters are in [`super::counters`].

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::table::{Table, number};
use crate::aws::sdk;
use crate::rows::Row;
use crate::rules::attempts::{Admission, Attempt, CallerDay, Limits, Verdict};
use crate::rules::cause::Cause;
use crate::rules::counter::{CounterId, Move, Moved, Step};
use crate::rules::ports::{AttemptLedger, CounterError};
use crate::rules::row_schema::ATTEMPTS_KEY;

pub(super) const EXPIRES_AT: &str = "expiresAt";

// The attributes of a caller's day.
const WRONG_TODAY: &str = "d";
const CLAIMS: &str = "claims";
const SENT: &str = "sent";
const OPEN: &str = "open";

pub(super) const DAY: u64 = 86_400;

/// The attempts table: the attempts of callers and their results, and the counters.
///
/// | `pk` | holds | expires |
/// |---|---|---|
/// | `CALLER#<tag>#<day>` | sets of attempt ids: `d` (wrong today), `h00` … `h23` (wrong in that hour, UTC), `claims` (may have led to a message), `sent` (did); `open` (ids with the tokens of invocations that have not closed them) | a day after its day |
/// | `GLOBAL#<day>T<hour>` | `left`: the counter of the wrong PINs that all members have left in the hour, in quarters | a day later |
/// | `REDEEMED#<campaign>` | `redeemed`: the counter of a campaign's redemptions; `<campaign>` is its `campaignId`, or a hash of its PIN | never |
/// | `USED#<tag>` | `used`: 1 where a member has redeemed a campaign that each member redeems once; `campaign`: that campaign; `by`: the lane that wrote it | never; a day after it was taken back |
///
/// Each write can be repeated, and may arrive late: the conditions of a caller's day rely on sets and
/// tokens, and those of counters on the steps of lanes ([`crate::rules::counter`]), which are kept in the
/// attributes `w<lane>` and, for lanes that were swept out, in `floor`.
#[derive(Clone, Debug)]
pub struct AttemptsTable {
    pub(super) table: Table,
    /// A planned sweep of lanes, which is sent alongside the next read of a counter.
    pub(super) sweep: Arc<Mutex<Option<UpdateItemFluentBuilder>>>,
}

/// A moment in the form that keys and attributes use.
pub(super) struct Moment {
    day: String,
    hour_of_day: String,
}

impl Moment {
    pub(super) fn at(seconds: u64) -> Result<Self, Cause> {
        let text = i64::try_from(seconds)
            .ok()
            .and_then(|at| DateTime::from_secs(at).fmt(DateTimeFormat::DateTime).ok());
        // 2026-11-23T08:…
        let parts = text
            .as_deref()
            .and_then(|text| Some((text.get(..10)?, text.get(11..13)?)));
        let (day, hour) = parts.ok_or_else(|| Cause::scrubbed("the clock shows no valid date"))?;
        Ok(Self {
            day: day.to_owned(),
            hour_of_day: hour.to_owned(),
        })
    }

    fn wrong_this_hour(&self) -> String {
        format!("h{}", self.hour_of_day)
    }

    pub(super) fn hour_key(&self) -> String {
        format!("GLOBAL#{}T{}", self.day, self.hour_of_day)
    }
}

impl AttemptsTable {
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self {
            table: Table {
                client,
                name: name.into(),
                key: ATTEMPTS_KEY.to_owned(),
            },
            sweep: Arc::default(),
        }
    }

    pub(super) fn update(&self, key: &str) -> UpdateItemFluentBuilder {
        let (name, value) = self.table.key_value(key);
        self.table
            .client
            .update_item()
            .table_name(&self.table.name)
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
            // An earlier request whose response was lost has closed it, or it was never entered.
            Err(error) if is_unmet(error.as_service_error()) => Ok(()),
            Err(error) => Err(self.table.about(sdk::cause(&error))),
        }
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
                 AND NOT contains(#claims, :id) AND NOT contains(#d, :id)",
            )
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_names("#d", WRONG_TODAY)
            .expression_attribute_names("#h", moment.wrong_this_hour())
            .expression_attribute_names("#claims", CLAIMS)
            .expression_attribute_names("#open", OPEN)
            // The day's end and one day more: no attempt reads the day before yesterday.
            .expression_attribute_values(":expires", number((attempt.at / DAY + 2) * DAY))
            .expression_attribute_values(":ids", set(&attempt.id))
            .expression_attribute_values(":owners", set(&attempt.owner))
            .expression_attribute_values(":id", AttributeValue::S(attempt.id.clone()))
            .expression_attribute_values(":day", number(limits.per_day))
            .expression_attribute_values(":hour", number(limits.per_hour))
            // The day's messages are counted in the new item: whether they are too many is judged once the
            // PIN is known to be right.
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match answer {
            Ok(answer) => {
                let row = answer.attributes.unwrap_or_default();
                return Ok(record(&row, &moment).judge(attempt, limits));
            }
            Err(error) => error,
        };
        if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) =
            error.as_service_error()
            && let Some(row) = failed.item()
        {
            return Ok(record(row, &moment).judge(attempt, limits));
        }
        Err(self.table.about(sdk::cause(&error)))
    }

    async fn recorded(&self, attempt: &Attempt, at: u64) -> Result<CallerDay, Cause> {
        let moment = Moment::at(at)?;
        let key = caller_key(attempt, &moment);
        let hour = moment.wrong_this_hour();
        let sets = [WRONG_TODAY, hour.as_str(), CLAIMS, SENT, OPEN];
        let row = self.table.read_now(&key, &sets).await?;
        Ok(row.map_or_else(CallerDay::default, |row| record(&row, &moment)))
    }

    async fn close(&self, attempt: &Attempt, verdict: Verdict) -> Result<(), Cause> {
        let moment = Moment::at(attempt.at)?;
        self.write_verdict(attempt, &moment, verdict).await
    }

    async fn counter(&self, of: &CounterId, fresh: bool) -> Result<Option<i64>, CounterError> {
        self.read_counter(of, fresh).await
    }

    async fn take(
        &self,
        of: &CounterId,
        change: &Move,
        step: &Step,
    ) -> Result<Moved, CounterError> {
        self.take_step(of, change, step).await
    }

    async fn undo(&self, of: &CounterId, change: &Move, step: &Step) -> Result<(), CounterError> {
        self.undo_step(of, change, step).await
    }
}

pub(super) fn is_unmet(error: Option<&UpdateItemError>) -> bool {
    error.is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

fn caller_key(attempt: &Attempt, moment: &Moment) -> String {
    format!("CALLER#{}#{}", attempt.caller, moment.day)
}

fn set(id: &str) -> AttributeValue {
    AttributeValue::Ss(vec![id.to_owned()])
}

fn record(row: &Row, moment: &Moment) -> CallerDay {
    let ids = |name: &str| {
        let ids = row.get(name).and_then(|value| value.as_ss().ok());
        ids.into_iter().flatten().cloned().collect()
    };
    CallerDay {
        wrong_today: ids(WRONG_TODAY),
        wrong_this_hour: ids(&moment.wrong_this_hour()),
        claims: ids(CLAIMS),
        sent: ids(SENT),
        open: ids(OPEN),
    }
}
