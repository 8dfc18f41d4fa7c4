//! The parameters of a Region: values with their versions, labels and tags.

use std::collections::{BTreeMap, VecDeque};

use local_wire::{ACCOUNT_ID, Fault, partition};
use serde_json::{Value, json};

/// The most versions of a parameter: "Parameter Store retains the 100 most recent versions".
const MAX_VERSIONS: usize = 100;
/// The most labels of a version.
const MAX_LABELS: usize = 10;
const MAX_TAGS: usize = 50;
/// The most parameters of a Region: AWS's quota of standard parameters.
const MAX_PARAMETERS: usize = 10_000;
/// The most bytes of all versions of a Region's parameters.
const MAX_BYTES: usize = 64 * 1_024 * 1_024;
/// The bytes that a version counts in addition to its texts.
const VERSION_OVERHEAD: usize = 256;

/// The values of a PutParameter request.
#[derive(Debug, Default)]
pub(super) struct NewVersion {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) kind: Option<String>,
    pub(super) key: Option<String>,
    pub(super) description: Option<String>,
    pub(super) data_type: Option<String>,
    pub(super) tier: Option<String>,
    pub(super) overwrite: bool,
    pub(super) tags: BTreeMap<String, String>,
}

/// A current or earlier value of a parameter.
#[derive(Debug, Clone)]
pub(super) struct ParameterVersion {
    pub(super) number: u64,
    pub(super) kind: String,
    pub(super) value: String,
    pub(super) key: Option<String>,
    pub(super) description: Option<String>,
    pub(super) data_type: String,
    pub(super) tier: String,
    pub(super) labels: Vec<String>,
    /// Seconds since the epoch.
    pub(super) modified: f64,
}

#[derive(Debug)]
pub(super) struct Parameter {
    /// Oldest first; never empty.
    versions: VecDeque<ParameterVersion>,
    pub(super) tags: BTreeMap<String, String>,
}

impl Parameter {
    pub(super) fn latest(&self) -> Option<&ParameterVersion> {
        self.versions.back()
    }

    pub(super) fn versions(&self) -> impl ExactSizeIterator<Item = &ParameterVersion> {
        self.versions.iter()
    }
}

/// The parameters of a Region, by name.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    parameters: BTreeMap<String, Parameter>,
    /// The bytes of all versions.
    bytes: usize,
}

impl ParameterVersion {
    fn bytes(&self) -> usize {
        let description = self.description.as_ref().map_or(0, String::len);
        self.value.len() + description + VERSION_OVERHEAD
    }
}

impl Parameters {
    /// Writes a value; returns its version number and its tier.
    pub(super) fn put(&mut self, new: NewVersion, now: f64) -> Result<(u64, String), Fault> {
        let known = self.parameters.get(&new.name);
        if known.is_some() && !new.overwrite {
            return Err(Fault::new(
                400,
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option \
                 in the request to true.",
            ));
        }
        if known.is_some() && !new.tags.is_empty() {
            return Err(super::invalid(
                "Invalid request: tags and overwrite can't be used together. To create a parameter \
                 with tags, please remove overwrite flag. To update tags for an existing \
                 parameter, please use AddTagsToResource or RemoveTagsFromResource.",
            ));
        }
        let latest = known.and_then(Parameter::latest);
        let inherited = |of: fn(&ParameterVersion) -> &String, otherwise: &str| {
            latest.map_or_else(|| otherwise.to_owned(), |latest| of(latest).clone())
        };
        let kind = new
            .kind
            .unwrap_or_else(|| inherited(|latest| &latest.kind, "String"));
        let key = match kind.as_str() {
            "SecureString" => new
                .key
                .or_else(|| latest.and_then(|latest| latest.key.clone()))
                .or_else(|| Some(super::DEFAULT_KEY.to_owned())),
            _ => None,
        };
        let version = ParameterVersion {
            number: latest.map_or(1, |latest| latest.number + 1),
            kind,
            value: new.value,
            key,
            description: new
                .description
                .or_else(|| latest.and_then(|latest| latest.description.clone())),
            data_type: new
                .data_type
                .unwrap_or_else(|| inherited(|latest| &latest.data_type, "text")),
            tier: new
                .tier
                .unwrap_or_else(|| inherited(|latest| &latest.tier, "Standard")),
            labels: Vec::new(),
            modified: now,
        };
        let oldest = known
            .filter(|known| known.versions.len() == MAX_VERSIONS)
            .and_then(|known| known.versions.front());
        if let Some(oldest) = oldest.filter(|oldest| !oldest.labels.is_empty()) {
            return Err(Fault::new(
                400,
                "ParameterMaxVersionLimitExceeded",
                format!(
                    "You attempted to create a new version of {} by calling the PutParameter API \
                     with the overwrite flag. Version {}, the oldest version, can't be deleted \
                     because it has a label associated with it. Move the label to another version \
                     of the parameter, and try again.",
                    new.name, oldest.number
                ),
            ));
        }
        let freed = oldest.map_or(0, ParameterVersion::bytes);
        let bytes = self.bytes + version.bytes() - freed;
        let is_new = known.is_none();
        if bytes > MAX_BYTES || (is_new && self.parameters.len() >= MAX_PARAMETERS) {
            return Err(Fault::new(
                400,
                "ParameterLimitExceeded",
                format!(
                    "You have exceeded the number of parameters for this account: the local \
                     account keeps {MAX_PARAMETERS} parameters of a Region and {MAX_BYTES} bytes \
                     of their values."
                ),
            ));
        }
        self.bytes = bytes;
        let (number, tier) = (version.number, version.tier.clone());
        let parameter = self.parameters.entry(new.name).or_insert(Parameter {
            versions: VecDeque::new(),
            tags: new.tags,
        });
        if parameter.versions.len() == MAX_VERSIONS {
            parameter.versions.pop_front();
        }
        parameter.versions.push_back(version);
        Ok((number, tier))
    }

    /// Returns a parameter by its name.
    pub(super) fn find(&self, name: &str) -> Result<&Parameter, Fault> {
        self.parameters.get(name).ok_or_else(|| absent(name))
    }

    /// Returns a version of a parameter: the latest, or the one with the number or label after a
    /// colon in the name.
    pub(super) fn version(
        &self,
        name: &str,
        selector: Option<&str>,
    ) -> Result<&ParameterVersion, Fault> {
        let parameter = self.find(name)?;
        let found = match selector {
            None => parameter.latest(),
            Some(selector) => {
                let number: Option<u64> = selector.parse().ok();
                parameter.versions.iter().find(|version| {
                    Some(version.number) == number
                        || version.labels.iter().any(|label| label == selector)
                })
            }
        };
        found.ok_or_else(|| absent_version(name, selector.unwrap_or_default()))
    }

    /// Returns the parameters whose names begin with a prefix, sorted by name.
    pub(super) fn beginning_with<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Parameter)> {
        self.parameters
            .range(prefix.to_owned()..)
            .map(|(name, parameter)| (name.as_str(), parameter))
            .take_while(move |(name, _)| name.starts_with(prefix))
    }

    /// Deletes a parameter; returns whether it existed.
    pub(super) fn delete(&mut self, name: &str) -> bool {
        let Some(parameter) = self.parameters.remove(name) else {
            return false;
        };
        let freed: usize = parameter.versions.iter().map(ParameterVersion::bytes).sum();
        self.bytes -= freed;
        true
    }

    /// Adds labels to a version, moving those that another version has; returns the version's
    /// number.
    pub(super) fn label(
        &mut self,
        name: &str,
        number: Option<u64>,
        labels: &[String],
    ) -> Result<u64, Fault> {
        let number = match number {
            Some(number) => number,
            None => self.version(name, None)?.number,
        };
        let parameter = self.find_mut(name)?;
        let mut new = version_mut(parameter, name, number)?.labels.clone();
        for label in labels {
            if !new.contains(label) {
                new.push(label.clone());
            }
        }
        if new.len() > MAX_LABELS {
            return Err(Fault::new(
                400,
                "ParameterVersionLabelLimitExceeded",
                format!("A parameter version can have a maximum of {MAX_LABELS} labels."),
            ));
        }
        for version in &mut parameter.versions {
            version.labels.retain(|label| !labels.contains(label));
        }
        version_mut(parameter, name, number)?.labels = new;
        Ok(number)
    }

    /// Removes labels from a version; returns those that it had.
    pub(super) fn unlabel(
        &mut self,
        name: &str,
        number: u64,
        labels: &[String],
    ) -> Result<Vec<String>, Fault> {
        let version = version_mut(self.find_mut(name)?, name, number)?;
        let (removed, left) = std::mem::take(&mut version.labels)
            .into_iter()
            .partition(|label| labels.contains(label));
        version.labels = left;
        Ok(removed)
    }

    /// Adds tags to a parameter.
    pub(super) fn tag(&mut self, name: &str, tags: BTreeMap<String, String>) -> Result<(), Fault> {
        let parameter = self.find_tagged(name)?;
        let mut all = parameter.tags.clone();
        all.extend(tags);
        if all.len() > MAX_TAGS {
            return Err(Fault::new(
                400,
                "TooManyTagsError",
                format!("A parameter has at most {MAX_TAGS} tags."),
            ));
        }
        parameter.tags = all;
        Ok(())
    }

    /// Removes tags from a parameter.
    pub(super) fn untag(&mut self, name: &str, keys: &[String]) -> Result<(), Fault> {
        let parameter = self.find_tagged(name)?;
        parameter.tags.retain(|key, _| !keys.contains(key));
        Ok(())
    }

    fn find_mut(&mut self, name: &str) -> Result<&mut Parameter, Fault> {
        self.parameters.get_mut(name).ok_or_else(|| absent(name))
    }

    /// Returns a parameter for an operation on tags, which has another error for a missing one.
    fn find_tagged(&mut self, name: &str) -> Result<&mut Parameter, Fault> {
        self.parameters
            .get_mut(name)
            .ok_or_else(|| Fault::new(400, "InvalidResourceId", format!("{name} does not exist.")))
    }
}

fn version_mut<'a>(
    parameter: &'a mut Parameter,
    name: &str,
    number: u64,
) -> Result<&'a mut ParameterVersion, Fault> {
    parameter
        .versions
        .iter_mut()
        .find(|version| version.number == number)
        .ok_or_else(|| absent_version(name, &number.to_string()))
}

fn absent(name: &str) -> Fault {
    Fault::new(
        400,
        "ParameterNotFound",
        format!("Parameter {name} not found."),
    )
}

fn absent_version(name: &str, version: &str) -> Fault {
    Fault::new(
        400,
        "ParameterVersionNotFound",
        format!(
            "Systems Manager could not find version {version} of {name}. Verify the version and try again."
        ),
    )
}

/// Returns the ARN of a parameter, in which no slash is repeated.
pub(super) fn arn(region: &str, name: &str) -> String {
    let name = name.strip_prefix('/').unwrap_or(name);
    let partition = partition(region);
    format!("arn:{partition}:ssm:{region}:{ACCOUNT_ID}:parameter/{name}")
}

/// Returns a value in the form of GetParameter and similar operations.
pub(super) fn shape(region: &str, name: &str, version: &ParameterVersion) -> Value {
    json!({
        "Name": name,
        "Type": version.kind,
        "Value": version.value,
        "Version": version.number,
        "LastModifiedDate": version.modified,
        "ARN": arn(region, name),
        "DataType": version.data_type,
    })
}

/// Returns a version without its value, in the form of DescribeParameters and GetParameterHistory.
pub(super) fn metadata(name: &str, version: &ParameterVersion) -> Value {
    let mut shape = json!({
        "Name": name,
        "Type": version.kind,
        "Version": version.number,
        "LastModifiedDate": version.modified,
        "DataType": version.data_type,
        "Tier": version.tier,
        "Policies": [],
    });
    for (member, text) in [
        ("KeyId", &version.key),
        ("Description", &version.description),
    ] {
        if let Some(text) = text {
            shape[member] = text.as_str().into();
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(parameters: &mut Parameters, name: &str, value: &str) -> Result<u64, Fault> {
        let new = NewVersion {
            name: name.into(),
            value: value.into(),
            overwrite: true,
            ..NewVersion::default()
        };
        parameters.put(new, 0.0).map(|(number, _)| number)
    }

    #[test]
    fn the_latest_hundred_versions_are_stored() {
        let mut parameters = Parameters::default();
        for n in 1..=150 {
            assert_eq!(put(&mut parameters, "p", &n.to_string()).unwrap(), n);
        }
        let versions: Vec<_> = parameters.find("p").unwrap().versions().collect();
        assert_eq!(versions.len(), 100);
        assert_eq!(versions[0].number, 51);
        assert_eq!(parameters.version("p", Some("51")).unwrap().value, "51");
        let removed = parameters.version("p", Some("50")).unwrap_err();
        assert_eq!(removed.code, "ParameterVersionNotFound");
    }

    #[test]
    fn an_oldest_version_with_a_label_is_not_deleted() {
        let mut parameters = Parameters::default();
        put(&mut parameters, "p", "first").unwrap();
        parameters.label("p", Some(1), &["live".into()]).unwrap();
        for n in 2..=100 {
            put(&mut parameters, "p", &n.to_string()).unwrap();
        }
        let refused = put(&mut parameters, "p", "more").unwrap_err();
        assert_eq!(refused.code, "ParameterMaxVersionLimitExceeded");
        assert_eq!(
            parameters.version("p", Some("live")).unwrap().value,
            "first"
        );
        // A label belongs to one version.
        parameters.label("p", None, &["live".into()]).unwrap();
        assert_eq!(parameters.version("p", Some("live")).unwrap().number, 100);
        put(&mut parameters, "p", "more").unwrap();
    }

    #[test]
    fn deleting_frees_space() {
        let mut parameters = Parameters::default();
        let value = "v".repeat(4_096);
        for n in 0..1_000 {
            put(&mut parameters, &format!("p{}", n % 10), &value).unwrap();
        }
        assert_eq!(parameters.bytes, 1_000 * (4_096 + VERSION_OVERHEAD));
        put(&mut parameters, "p0", "").unwrap();
        assert_eq!(
            parameters.bytes,
            999 * (4_096 + VERSION_OVERHEAD) + VERSION_OVERHEAD
        );
        for n in 0..10 {
            assert!(parameters.delete(&format!("p{n}")));
        }
        assert_eq!(parameters.bytes, 0);
    }

    #[test]
    fn the_number_of_parameters_of_a_region_is_limited() {
        let mut parameters = Parameters::default();
        for n in 0..MAX_PARAMETERS {
            put(&mut parameters, &n.to_string(), "v").unwrap();
        }
        let refused = put(&mut parameters, "more", "v").unwrap_err();
        assert_eq!(refused.code, "ParameterLimitExceeded");
        put(&mut parameters, "0", "w").unwrap();
        parameters.delete("1");
        put(&mut parameters, "more", "v").unwrap();
    }
}
