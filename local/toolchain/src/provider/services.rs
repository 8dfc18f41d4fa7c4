//! The services of the provider's builds.
//!
//! Each service costs time and space, so the provider that users wait for has what the module and its
//! examples need. The tests also apply stacks of other resources, with a wider build of their own.

/// A service that a build can have.
struct Service {
    /// Its directory below `internal/service` in the provider's sources.
    package: &'static str,
    /// The start of the names of its resources; `None` if it has data sources alone.
    family: Option<&'static str>,
}

const fn service(package: &'static str, family: &'static str) -> Service {
    Service {
        package,
        family: Some(family),
    }
}

const fn data_sources(package: &'static str) -> Service {
    Service {
        package,
        family: None,
    }
}

/// The services that the module uses, and those that every configuration needs.
const MODULE: &[Service] = &[
    service("cloudwatch", "aws_cloudwatch"),
    service("connect", "aws_connect"),
    service("dynamodb", "aws_dynamodb"),
    service("iam", "aws_iam"),
    service("kms", "aws_kms"),
    service("lambda", "aws_lambda"),
    service("logs", "aws_cloudwatch_log"),
    data_sources("meta"),
    service("sns", "aws_sns"),
    data_sources("sts"),
];

/// The further services of the tests' stacks: targets that `aws_connect_*` resources refer to, and
/// services beside a line.
const OTHER_STACKS: &[Service] = &[
    service("events", "aws_cloudwatch_event"),
    service("firehose", "aws_kinesis_firehose"),
    service("kinesis", "aws_kinesis"),
    service("lexmodels", "aws_lex"),
    service("lexv2models", "aws_lexv2models"),
    service("pinpointsmsvoicev2", "aws_pinpointsmsvoicev2"),
    service("s3", "aws_s3"),
    // Buckets read and write their tags with its client.
    service("s3control", "aws_s3control"),
    service("secretsmanager", "aws_secretsmanager"),
    service("sqs", "aws_sqs"),
    service("ssm", "aws_ssm"),
];

/// The services that the provider is built with on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderBuild {
    /// The services that the module and its examples use.
    Module,
    /// Those, and the services of the tests' stacks. Go compiles only what [`Self::Module`] does not have.
    Wide,
}

impl ProviderBuild {
    fn parts(self) -> impl Iterator<Item = &'static Service> {
        let others = match self {
            Self::Module => &[],
            Self::Wide => OTHER_STACKS,
        };
        MODULE.iter().chain(others)
    }

    /// Returns the directories of the services in the provider's sources.
    pub(super) fn services(self) -> Vec<&'static str> {
        self.parts().map(|service| service.package).collect()
    }

    /// Returns the families of resources that the provider has: the start of their names, sorted.
    /// `aws_cloudwatch` is without families that have a longer name, such as `aws_cloudwatch_event`.
    #[must_use]
    pub fn families(self) -> Vec<&'static str> {
        let mut families: Vec<_> = self.parts().filter_map(|service| service.family).collect();
        families.sort_unstable();
        families
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wide_build_has_more_families_than_that_of_the_module() {
        let (module, wide) = (
            ProviderBuild::Module.families(),
            ProviderBuild::Wide.families(),
        );
        assert!(module.iter().all(|family| wide.contains(family)));
        assert!(module.contains(&"aws_connect") && !module.contains(&"aws_sqs"));
        assert!(wide.contains(&"aws_sqs"));
    }
}
