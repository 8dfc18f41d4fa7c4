//! The counters of the attempts table: moves that are taken once, by conditional writes.

use std::sync::PoisonError;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use super::attempts::{AttemptsTable, DAY, EXPIRES_AT, Moment, is_unmet};
use super::table::{number, project};
use super::update::Update;
use crate::aws::sdk::{self, SendCount};
use crate::rows::Row;
use crate::rules::cause::Cause;
use crate::rules::counter::{Counter, CounterId, LANE_LENGTH, Move, Moved, Step};
use crate::rules::ports::CounterError;

/// The highest step that was swept out.
const FLOOR: &str = "floor";

/// The beginning of the attributes that hold the last step of a lane.
const LANE: &str = "w";

/// The writer of a single use's mark: a lane, or in marks of 0.2.0 an invocation's token.
const BY: &str = "by";

/// The campaign of a single use, by which the tools of operators find its marks.
const CAMPAIGN: &str = "campaign";

/// The most lanes that one write sweeps out: the length of an expression is limited.
const MOST_SWEPT: usize = 20;

/// The most times that an undo tries both of its writes: the move can arrive in between, once.
const MOST_UNDO_ROUNDS: usize = 3;

/// The item of a counter.
struct CounterItem {
    key: String,
    attribute: &'static str,
    /// When the item expires once it is of no use, in seconds since 1970.
    expires_at: u64,
}

impl CounterItem {
    fn of(of: &CounterId, step: Option<&Step>) -> Result<Self, Cause> {
        let tomorrow = step.map_or(0, |step| step.number / 1_000_000 + DAY);
        Ok(match of {
            CounterId::Hour { at } => Self {
                key: Moment::at(*at)?.hour_key(),
                attribute: "left",
                expires_at: at.saturating_add(DAY),
            },
            CounterId::Redemptions { campaign } => Self {
                key: format!("REDEEMED#{campaign}"),
                attribute: "redeemed",
                expires_at: tomorrow,
            },
            CounterId::SingleUse { tag, .. } => Self {
                key: format!("USED#{tag}"),
                attribute: "used",
                expires_at: tomorrow,
            },
        })
    }
}

impl AttemptsTable {
    pub(super) async fn read_counter(
        &self,
        of: &CounterId,
        fresh: bool,
    ) -> Result<Option<i64>, CounterError> {
        let item = CounterItem::of(of, None).map_err(CounterError::Unusable)?;
        let (name, value) = self.table.key_value(&item.key);
        let request = self
            .table
            .client
            .get_item()
            .table_name(&self.table.name)
            .key(name, value)
            .set_consistent_read(fresh.then_some(true));
        // A sweep runs alongside a request that every attempt makes. After a move it would take time that
        // only some attempts take, and reveal who is a member.
        let sweep = self
            .sweep
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let (answer, ()) =
            tokio::join!(project(request, &[item.attribute]).send(), carry_out(sweep));
        let row = answer.map_err(|error| self.counter_error(&error))?.item;
        Ok(row.and_then(|row| whole(&row, item.attribute)))
    }

    pub(super) async fn take_step(
        &self,
        of: &CounterId,
        change: &Move,
        step: &Step,
    ) -> Result<Moved, CounterError> {
        let item = CounterItem::of(of, Some(step)).map_err(CounterError::Unusable)?;
        let mut update = self
            .start(&item.key)
            .name("#n", item.attribute)
            .name("#lane", lane(step))
            .name("#floor", FLOOR)
            .value(":start", number(change.start))
            .value(":by", number(change.by))
            .value(":step", number(step.number))
            .set("#n = if_not_exists(#n, :start) + :by")
            .set("#lane = :step")
            .condition("(attribute_not_exists(#lane) OR #lane < :step)")
            .condition("(attribute_not_exists(#floor) OR #floor < :step)");
        let mut not_there = "attribute_not_exists(#n)";
        match of {
            CounterId::Hour { .. } => {
                update = update
                    .name("#expires", EXPIRES_AT)
                    .value(":expires", number(item.expires_at))
                    .set("#expires = :expires");
            }
            CounterId::Redemptions { .. } => {}
            CounterId::SingleUse { campaign, .. } => {
                // A mark of 0.2.0 has no number.
                not_there = "(attribute_not_exists(#n) AND attribute_not_exists(#mark))";
                update = update
                    .name("#mark", BY)
                    .name("#campaign", CAMPAIGN)
                    .name("#expires", EXPIRES_AT)
                    .value(":mark", text(&step.lane))
                    .value(":campaign", text(campaign))
                    .set("#mark = :mark")
                    .set("#campaign = :campaign")
                    .remove("#expires");
            }
        }
        let sent = SendCount::default();
        let answer = bounded(update, change, not_there)
            .build()
            .return_values(ReturnValue::AllNew)
            .customize()
            .interceptor(sent.clone())
            .send()
            .await;
        let error = match answer {
            Ok(answer) => {
                let row = answer.attributes.unwrap_or_default();
                self.plan_sweep(&item, &counter(&row, &item), step);
                return Ok(Moved::Taken);
            }
            Err(error) => error,
        };
        let Some(UpdateItemError::ConditionalCheckFailedException(failed)) =
            error.as_service_error()
        else {
            return Err(self.counter_error(&error));
        };
        let row = failed.item().cloned().unwrap_or_default();
        let counter = counter(&row, &item);
        match counter.judge(step, change) {
            Moved::Taken if counter.lanes.get(&step.lane) != Some(&step.number) => {
                let cause = "a counter refused a move that its item allows";
                Err(CounterError::Unusable(
                    self.table.about(Cause::scrubbed(cause)),
                ))
            }
            Moved::OutOfBounds => {
                self.keep_for_good(of, &item, &row).await;
                if sent.has_retried() {
                    self.undo_step(of, change, step).await?;
                }
                Ok(Moved::OutOfBounds)
            }
            moved => Ok(moved),
        }
    }

    pub(super) async fn undo_step(
        &self,
        of: &CounterId,
        change: &Move,
        step: &Step,
    ) -> Result<(), CounterError> {
        let item = CounterItem::of(of, Some(step)).map_err(CounterError::Unusable)?;
        let mut unmet = None;
        for _ in 0..MOST_UNDO_ROUNDS {
            let taken_back = self.take_back(of, &item, change, step).send().await;
            let Err(error) = taken_back else {
                return Ok(());
            };
            let Some(UpdateItemError::ConditionalCheckFailedException(failed)) =
                error.as_service_error()
            else {
                return Err(self.counter_error(&error));
            };
            let counter = counter(&failed.item().cloned().unwrap_or_default(), &item);
            let last = counter.lanes.get(&step.lane).copied().unwrap_or_default();
            if last > step.number || counter.floor >= step.undoing() {
                return Ok(());
            }
            // The move was not taken, and may still arrive.
            match self.keep_out(of, &item, step).send().await {
                Ok(_) => return Ok(()),
                Err(error) if is_unmet(error.as_service_error()) => unmet = Some(error),
                Err(error) => return Err(self.counter_error(&error)),
            }
        }
        match unmet {
            Some(error) => Err(self.counter_error(&error)),
            None => Ok(()),
        }
    }

    /// Returns the write that takes back a move that was taken.
    fn take_back(
        &self,
        of: &CounterId,
        item: &CounterItem,
        change: &Move,
        step: &Step,
    ) -> UpdateItemFluentBuilder {
        let update = self
            .start(&item.key)
            .name("#n", item.attribute)
            .name("#lane", lane(step))
            .value(":by", number(change.by))
            .value(":step", number(step.number))
            .value(":undone", number(step.undoing()))
            .set("#n = #n - :by")
            .set("#lane = :undone")
            .condition("#lane = :step");
        match of {
            CounterId::Hour { .. } | CounterId::Redemptions { .. } => update,
            CounterId::SingleUse { .. } => expiring(update, item).name("#mark", BY).remove("#mark"),
        }
        .build()
    }

    /// Returns the write that keeps a move that was not taken from being taken later.
    fn keep_out(&self, of: &CounterId, item: &CounterItem, step: &Step) -> UpdateItemFluentBuilder {
        let update = self
            .start(&item.key)
            .name("#lane", lane(step))
            .name("#floor", FLOOR)
            .value(":step", number(step.number))
            .value(":undone", number(step.undoing()))
            .set("#lane = :undone")
            .condition("(attribute_not_exists(#lane) OR #lane < :step)")
            .condition("(attribute_not_exists(#floor) OR #floor < :undone)");
        match of {
            CounterId::Redemptions { .. } => update,
            CounterId::Hour { .. } => expiring(update, item),
            // The mark may belong to another lane, and then does not expire.
            CounterId::SingleUse { .. } => update,
        }
        .build()
    }

    /// Plans a sweep of the lanes that rest, once there are too many lanes.
    fn plan_sweep(&self, item: &CounterItem, counter: &Counter, step: &Step) {
        let now = Duration::from_micros(step.number);
        let resting: Vec<_> = counter
            .resting(now)
            .into_iter()
            .filter_map(|lane| Some((lane, *counter.lanes.get(lane)?)))
            .take(MOST_SWEPT)
            .collect();
        let Some(floor) = resting.iter().map(|(_, last)| *last).max() else {
            return;
        };
        let mut update = self
            .start(&item.key)
            .name("#floor", FLOOR)
            .value(":floor", number(floor))
            .set("#floor = :floor")
            .condition("(attribute_not_exists(#floor) OR #floor < :floor)");
        for (at, (lane, last)) in resting.into_iter().enumerate() {
            update = update
                .name(&format!("#w{at}"), format!("{LANE}{lane}"))
                .value(&format!(":w{at}"), number(last))
                .remove(format!("#w{at}"))
                .condition(format!("#w{at} = :w{at}"));
        }
        *self.sweep.lock().unwrap_or_else(PoisonError::into_inner) = Some(update.build());
    }

    /// Removes the expiry of a mark that release 0.2.0 wrote: it depends on the end that the campaign had then.
    async fn keep_for_good(&self, of: &CounterId, item: &CounterItem, row: &Row) {
        let (CounterId::SingleUse { campaign, .. }, true) = (of, row.contains_key(EXPIRES_AT))
        else {
            return;
        };
        let update = self
            .start(&item.key)
            .name("#mark", BY)
            .name("#campaign", CAMPAIGN)
            .name("#expires", EXPIRES_AT)
            .value(":campaign", text(campaign))
            .set("#campaign = :campaign")
            .remove("#expires")
            .condition("attribute_exists(#mark)");
        // If this fails, the next refusal repeats it.
        update.build().send().await.ok();
    }

    fn start(&self, key: &str) -> Update {
        Update::new(self.update(key))
    }

    fn counter_error<E, R>(&self, error: &SdkError<E, R>) -> CounterError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        let code = error
            .as_service_error()
            .and_then(ProvideErrorMetadata::code);
        let cause = self.table.about(sdk::cause(error));
        if code.is_some_and(sdk::is_throttling) {
            CounterError::Throttled(cause)
        } else {
            CounterError::Unusable(cause)
        }
    }
}

/// Carries out a planned sweep. Where it fails, another move plans the next one.
async fn carry_out(sweep: Option<UpdateItemFluentBuilder>) {
    if let Some(sweep) = sweep {
        sweep.send().await.ok();
    }
}

/// Adds the bounds of a move as a condition. A counter that does not exist yet begins with the move's `start`.
fn bounded(mut update: Update, change: &Move, not_there: &str) -> Update {
    let mut bounds = Vec::new();
    if let Some(least) = change.at_least {
        update = update.value(":least", number(least));
        bounds.push("#n >= :least");
    }
    if let Some(most) = change.at_most {
        update = update.value(":most", number(most));
        bounds.push("#n <= :most");
    }
    if bounds.is_empty() {
        return update;
    }
    let bounds = bounds.join(" AND ");
    update.condition(if change.allows(change.start) {
        format!("({not_there} OR ({bounds}))")
    } else {
        bounds
    })
}

fn expiring(update: Update, item: &CounterItem) -> Update {
    update
        .name("#expires", EXPIRES_AT)
        .value(":expires", number(item.expires_at))
        .set("#expires = :expires")
}

/// Reads the counter of an item.
fn counter(row: &Row, item: &CounterItem) -> Counter {
    let lanes = row.keys().filter_map(|name| {
        let lane = name.strip_prefix(LANE)?;
        // An hour's item of 0.2.0 has an attribute `wrong`, which is not a lane.
        if lane.len() != LANE_LENGTH {
            return None;
        }
        Some((lane.to_owned(), u64::try_from(whole(row, name)?).ok()?))
    });
    Counter {
        // A mark of 0.2.0 has no number.
        value: whole(row, item.attribute).or_else(|| row.contains_key(BY).then_some(1)),
        lanes: lanes.collect(),
        floor: whole(row, FLOOR)
            .and_then(|floor| u64::try_from(floor).ok())
            .unwrap_or_default(),
    }
}

fn whole(row: &Row, name: &str) -> Option<i64> {
    row.get(name)?.as_n().ok()?.parse().ok()
}

fn lane(step: &Step) -> String {
    format!("{LANE}{}", step.lane)
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
