//! The tallies of the attempts table: moves that are taken once, in the words of DynamoDB's
//! conditions.

use std::sync::PoisonError;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::attempts::{AttemptsTable, DAY, EXPIRES_AT, Moment, is_unmet};
use super::{Row, number, project};
use crate::aws::sdk::{self, Tries};
use crate::rules::attempts::TallyOf;
use crate::rules::cause::Cause;
use crate::rules::counter::{LANE_LENGTH, Move, Moved, Step, Tally};
use crate::rules::ports::TallyError;

/// The highest step that was swept out.
const FLOOR: &str = "floor";

/// What the attributes begin with that hold the last step of a lane.
const LANE: &str = "w";

/// Who marked a single use: a lane, or in marks of 0.2.0 an invocation's token.
const BY: &str = "by";

/// The campaign of a single use, by which an operator's command finds its marks.
const CAMPAIGN: &str = "campaign";

/// How many lanes are swept out by one write: an expression has an end.
const MOST_SWEPT: usize = 20;

/// How often undoing looks again when the move arrives in between. It can arrive once.
const MOST_LOOKS: usize = 3;

/// Where a tally is kept.
struct Place {
    key: String,
    attribute: &'static str,
    /// When the item expires that is left behind, in seconds since 1970.
    expires_at: u64,
}

impl Place {
    fn of(of: &TallyOf, step: Option<&Step>) -> Result<Self, Cause> {
        let tomorrow = step.map_or(0, |step| step.number / 1_000_000 + DAY);
        Ok(match of {
            TallyOf::Hour { at } => Self {
                key: Moment::at(*at)?.everybody(),
                attribute: "left",
                expires_at: at.saturating_add(DAY),
            },
            TallyOf::Redemptions { campaign } => Self {
                key: format!("REDEEMED#{campaign}"),
                attribute: "redeemed",
                expires_at: tomorrow,
            },
            TallyOf::SingleUse { tag, .. } => Self {
                key: format!("USED#{tag}"),
                attribute: "used",
                expires_at: tomorrow,
            },
        })
    }
}

/// An update that is put together piece by piece: DynamoDB refuses aliases that no expression uses.
struct Update {
    request: UpdateItemFluentBuilder,
    set: Vec<String>,
    remove: Vec<String>,
    conditions: Vec<String>,
}

impl Update {
    fn name(mut self, alias: &str, name: impl Into<String>) -> Self {
        self.request = self.request.expression_attribute_names(alias, name);
        self
    }

    fn value(mut self, alias: &str, value: AttributeValue) -> Self {
        self.request = self.request.expression_attribute_values(alias, value);
        self
    }

    fn set(mut self, assignment: impl Into<String>) -> Self {
        self.set.push(assignment.into());
        self
    }

    fn remove(mut self, alias: impl Into<String>) -> Self {
        self.remove.push(alias.into());
        self
    }

    fn condition(mut self, condition: impl Into<String>) -> Self {
        self.conditions.push(condition.into());
        self
    }

    fn build(self) -> UpdateItemFluentBuilder {
        let mut update = format!("SET {}", self.set.join(", "));
        if !self.remove.is_empty() {
            update.push_str(" REMOVE ");
            update.push_str(&self.remove.join(", "));
        }
        self.request
            .update_expression(update)
            .condition_expression(self.conditions.join(" AND "))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

impl AttemptsTable {
    pub(super) async fn read_tally(
        &self,
        of: &TallyOf,
        fresh: bool,
    ) -> Result<Option<i64>, TallyError> {
        let place = Place::of(of, None).map_err(TallyError::Unusable)?;
        let (name, value) = self.table.key_value(&place.key);
        let request = self
            .table
            .client
            .get_item()
            .table_name(&self.table.name)
            .key(name, value)
            .set_consistent_read(fresh.then_some(true));
        // A sweep is made beside a request that every try makes: behind a move it would take time that
        // only some tries take, and tell who is a member.
        let sweep = self
            .sweep
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let (answer, ()) = tokio::join!(
            project(request, &[place.attribute]).send(),
            carry_out(sweep)
        );
        let row = answer.map_err(|error| self.tally_error(&error))?.item;
        Ok(row.and_then(|row| whole(&row, place.attribute)))
    }

    pub(super) async fn take_step(
        &self,
        of: &TallyOf,
        change: &Move,
        step: &Step,
    ) -> Result<Moved, TallyError> {
        let place = Place::of(of, Some(step)).map_err(TallyError::Unusable)?;
        let mut update = self
            .start(&place.key)
            .name("#n", place.attribute)
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
            TallyOf::Hour { .. } => {
                update = update
                    .name("#expires", EXPIRES_AT)
                    .value(":expires", number(place.expires_at))
                    .set("#expires = :expires");
            }
            TallyOf::Redemptions { .. } => {}
            TallyOf::SingleUse { campaign, .. } => {
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
        let tries = Tries::default();
        let answer = bounded(update, change, not_there)
            .build()
            .return_values(ReturnValue::AllNew)
            .customize()
            .interceptor(tries.clone())
            .send()
            .await;
        let error = match answer {
            Ok(answer) => {
                let row = answer.attributes.unwrap_or_default();
                self.plan_sweep(&place, &tally(&row, &place), step);
                return Ok(Moved::Taken);
            }
            Err(error) => error,
        };
        let Some(UpdateItemError::ConditionalCheckFailedException(failed)) =
            error.as_service_error()
        else {
            return Err(self.tally_error(&error));
        };
        let row = failed.item().cloned().unwrap_or_default();
        let tally = tally(&row, &place);
        match tally.judge(step, change) {
            Moved::Taken if tally.lanes.get(&step.lane) != Some(&step.number) => {
                let cause = "a tally refused a move that its item allows";
                Err(TallyError::Unusable(
                    self.table.about(Cause::scrubbed(cause)),
                ))
            }
            Moved::OutOfBounds => {
                self.keep_for_good(of, &place, &row).await;
                if tries.were_several() {
                    self.undo_step(of, change, step).await?;
                }
                Ok(Moved::OutOfBounds)
            }
            moved => Ok(moved),
        }
    }

    pub(super) async fn undo_step(
        &self,
        of: &TallyOf,
        change: &Move,
        step: &Step,
    ) -> Result<(), TallyError> {
        let place = Place::of(of, Some(step)).map_err(TallyError::Unusable)?;
        let mut unsettled = None;
        for _ in 0..MOST_LOOKS {
            let taken_back = self.take_back(of, &place, change, step).send().await;
            let Err(error) = taken_back else {
                return Ok(());
            };
            let Some(UpdateItemError::ConditionalCheckFailedException(failed)) =
                error.as_service_error()
            else {
                return Err(self.tally_error(&error));
            };
            let tally = tally(&failed.item().cloned().unwrap_or_default(), &place);
            let last = tally.lanes.get(&step.lane).copied().unwrap_or_default();
            if last > step.number || tally.floor >= step.undoing() {
                return Ok(());
            }
            // It is not there, and may be on its way.
            match self.keep_out(of, &place, step).send().await {
                Ok(_) => return Ok(()),
                Err(error) if is_unmet(error.as_service_error()) => unsettled = Some(error),
                Err(error) => return Err(self.tally_error(&error)),
            }
        }
        match unsettled {
            Some(error) => Err(self.tally_error(&error)),
            None => Ok(()),
        }
    }

    /// Takes a move back that was taken.
    fn take_back(
        &self,
        of: &TallyOf,
        place: &Place,
        change: &Move,
        step: &Step,
    ) -> UpdateItemFluentBuilder {
        let update = self
            .start(&place.key)
            .name("#n", place.attribute)
            .name("#lane", lane(step))
            .value(":by", number(change.by))
            .value(":step", number(step.number))
            .value(":undone", number(step.undoing()))
            .set("#n = #n - :by")
            .set("#lane = :undone")
            .condition("#lane = :step");
        match of {
            TallyOf::Hour { .. } | TallyOf::Redemptions { .. } => update,
            TallyOf::SingleUse { .. } => expiring(update, place).name("#mark", BY).remove("#mark"),
        }
        .build()
    }

    /// Keeps a move out that was not taken.
    fn keep_out(&self, of: &TallyOf, place: &Place, step: &Step) -> UpdateItemFluentBuilder {
        let update = self
            .start(&place.key)
            .name("#lane", lane(step))
            .name("#floor", FLOOR)
            .value(":step", number(step.number))
            .value(":undone", number(step.undoing()))
            .set("#lane = :undone")
            .condition("(attribute_not_exists(#lane) OR #lane < :step)")
            .condition("(attribute_not_exists(#floor) OR #floor < :undone)");
        match of {
            TallyOf::Redemptions { .. } => update,
            TallyOf::Hour { .. } => expiring(update, place),
            // It may be another lane's, which does not expire.
            TallyOf::SingleUse { .. } => update,
        }
        .build()
    }

    /// Plans to sweep out lanes that rest, once there are too many.
    fn plan_sweep(&self, place: &Place, tally: &Tally, step: &Step) {
        let now = Duration::from_micros(step.number);
        let resting: Vec<_> = tally
            .resting(now)
            .into_iter()
            .filter_map(|lane| Some((lane, *tally.lanes.get(lane)?)))
            .take(MOST_SWEPT)
            .collect();
        let Some(floor) = resting.iter().map(|(_, last)| *last).max() else {
            return;
        };
        let mut update = self
            .start(&place.key)
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

    /// Takes its end from a mark that 0.2.0 made: it was made for the end that the campaign had then.
    async fn keep_for_good(&self, of: &TallyOf, place: &Place, row: &Row) {
        let (TallyOf::SingleUse { campaign, .. }, true) = (of, row.contains_key(EXPIRES_AT)) else {
            return;
        };
        let update = self
            .start(&place.key)
            .name("#mark", BY)
            .name("#campaign", CAMPAIGN)
            .name("#expires", EXPIRES_AT)
            .value(":campaign", text(campaign))
            .set("#campaign = :campaign")
            .remove("#expires")
            .condition("attribute_exists(#mark)");
        // The next one who is refused tries again.
        update.build().send().await.ok();
    }

    fn start(&self, key: &str) -> Update {
        Update {
            request: self.update(key),
            set: Vec::new(),
            remove: Vec::new(),
            conditions: Vec::new(),
        }
    }

    fn tally_error<E, R>(&self, error: &SdkError<E, R>) -> TallyError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        let code = error
            .as_service_error()
            .and_then(ProvideErrorMetadata::code);
        let cause = self.table.about(sdk::cause(error));
        if code.is_some_and(sdk::is_throttling) {
            TallyError::Throttled(cause)
        } else {
            TallyError::Unusable(cause)
        }
    }
}

/// Carries out a planned sweep. When it does not work another move plans the next one.
async fn carry_out(sweep: Option<UpdateItemFluentBuilder>) {
    if let Some(sweep) = sweep {
        sweep.send().await.ok();
    }
}

/// The bounds of a move as a condition. A tally that is not there begins at the start.
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

fn expiring(update: Update, place: &Place) -> Update {
    update
        .name("#expires", EXPIRES_AT)
        .value(":expires", number(place.expires_at))
        .set("#expires = :expires")
}

/// The tally in an item.
fn tally(row: &Row, place: &Place) -> Tally {
    let lanes = row.keys().filter_map(|name| {
        let lane = name.strip_prefix(LANE)?;
        // An hour's item of 0.2.0 has an attribute `wrong`.
        if lane.len() != LANE_LENGTH {
            return None;
        }
        Some((lane.to_owned(), u64::try_from(whole(row, name)?).ok()?))
    });
    Tally {
        // A mark of 0.2.0 has no number.
        value: whole(row, place.attribute).or_else(|| row.contains_key(BY).then_some(1)),
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
