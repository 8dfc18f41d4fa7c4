//! Phone numbers: search, claim, move and release.

use local_wire::Fault;

use super::{State, Tags, arn_of, names, new_id, no_such, number_pool};

/// The default quota of numbers per instance (service quotas).
const NUMBERS_PER_INSTANCE: usize = 5;

/// The most failed claims of a Region; beyond that, the oldest is forgotten.
const MAX_FAILED_CLAIMS: usize = 100;

/// A claimed number, or one whose claim failed.
#[derive(Debug, Clone)]
pub(crate) struct PhoneNumber {
    pub(crate) id: String,
    pub(crate) arn: String,
    /// E.164.
    pub(crate) number: String,
    pub(crate) country: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) description: Option<String>,
    pub(crate) instance_id: String,
    pub(crate) tags: Tags,
    /// The id of the flow that answers.
    pub(crate) flow_id: Option<String>,
    /// The reason why the claim failed. AWS accepts a claim first, and reports its failure in the
    /// number's status (boto/boto3#4622).
    pub(crate) failure: Option<String>,
}

impl PhoneNumber {
    /// Reports whether the claim succeeded.
    pub(crate) fn claimed(&self) -> bool {
        self.failure.is_none()
    }
}

/// A number that is available.
pub(crate) struct Availability {
    pub(crate) number: String,
    pub(crate) country: &'static str,
    pub(crate) kind: &'static str,
}

impl State {
    /// Returns the available numbers in a fixed order, so that the next search after a claim offers
    /// the next number. Two searches before a claim offer the same one, as AWS's do
    /// (hashicorp/terraform-provider-aws#45572).
    pub(crate) fn available(
        &self,
        country: &str,
        kind: &str,
        prefix: &str,
    ) -> impl Iterator<Item = Availability> {
        number_pool::numbers(country, kind)
            .filter(move |number| number.starts_with(prefix) && self.is_available(number))
            .filter_map(|number| {
                let (country, kind) = number_pool::identify(&number)?;
                Some(Availability {
                    number,
                    country,
                    kind,
                })
            })
    }

    fn is_available(&self, number: &str) -> bool {
        let mut held = self.regions.values().flat_map(|region| &region.numbers);
        !self.released.contains(number) && !held.any(|held| held.claimed() && held.number == number)
    }

    /// Claims a number for an instance (id or ARN).
    pub(crate) fn claim(
        &mut self,
        region: &str,
        instance: &str,
        number: &str,
    ) -> Result<&mut PhoneNumber, Fault> {
        let instance_id = self.instance(region, instance)?.id.clone();
        let Some((country, kind)) =
            number_pool::identify(number).filter(|_| self.is_available(number))
        else {
            // Code and wording as seen in hashicorp/terraform-provider-aws#45572.
            return Err(Fault::new(
                400,
                "InvalidParameterException",
                format!("Phone number not available: {number}"),
            ));
        };
        let numbers = &mut self.region_mut(region).numbers;
        let held = numbers
            .iter()
            .filter(|held| held.claimed() && held.instance_id == instance_id)
            .count();
        let failure = (held >= NUMBERS_PER_INSTANCE).then(|| {
            format!("The instance must have at most {NUMBERS_PER_INSTANCE} numbers, its quota.")
        });
        let mut failed = numbers.iter().filter(|number| !number.claimed());
        if failure.is_some()
            && let Some(oldest) = failed.next().map(|number| number.id.clone())
            && failed.count() + 1 >= MAX_FAILED_CLAIMS
        {
            numbers.retain(|number| number.id != oldest);
        }
        let id = new_id();
        Ok(numbers.push_mut(PhoneNumber {
            arn: arn_of(region, &format!("phone-number/{id}")),
            id,
            number: number.to_owned(),
            country,
            kind,
            description: None,
            instance_id,
            tags: Tags::new(),
            flow_id: None,
            failure,
        }))
    }

    /// Returns a number by id or ARN.
    pub(crate) fn number(&self, region: &str, given: &str) -> Result<&PhoneNumber, Fault> {
        self.region(region)
            .into_iter()
            .flat_map(|region| &region.numbers)
            .find(|number| names(&number.id, &number.arn, given))
            .ok_or_else(|| no_such("Phone number", given))
    }

    /// Returns a number by id or ARN.
    pub(crate) fn number_mut(
        &mut self,
        region: &str,
        given: &str,
    ) -> Result<&mut PhoneNumber, Fault> {
        let mut numbers = self.region_mut(region).numbers.iter_mut();
        numbers
            .find(|number| names(&number.id, &number.arn, given))
            .ok_or_else(|| no_such("Phone number", given))
    }

    /// Returns a number of this instance by id or ARN.
    pub(crate) fn number_of(
        &mut self,
        region: &str,
        instance: &str,
        given: &str,
    ) -> Result<&mut PhoneNumber, Fault> {
        let instance_id = self.instance(region, instance)?.id.clone();
        self.number_mut(region, given)
            .ok()
            .filter(|number| number.instance_id == instance_id && number.claimed())
            .ok_or_else(|| no_such("Phone number", given))
    }

    /// Releases a number. It cannot be claimed again for a long time.
    pub(crate) fn release(&mut self, region: &str, given: &str) -> Result<(), Fault> {
        let id = self.number(region, given)?.id.clone();
        let numbers = &mut self.region_mut(region).numbers;
        let Some(at) = numbers.iter().position(|number| number.id == id) else {
            return Err(no_such("Phone number", given));
        };
        let number = numbers.remove(at);
        if number.claimed() {
            self.released.insert(number.number);
        }
        Ok(())
    }

    /// Moves a number to another instance of the Region. Its flow is not moved, since it belongs to
    /// the former instance.
    pub(crate) fn move_number(
        &mut self,
        region: &str,
        given: &str,
        instance: &str,
    ) -> Result<&PhoneNumber, Fault> {
        let instance_id = self.instance(region, instance)?.id.clone();
        let number = self.number_mut(region, given)?;
        if number.instance_id != instance_id {
            number.instance_id = instance_id;
            number.flow_id = None;
        }
        Ok(number)
    }
}
