//! Leaves Amazon EC2 out of the provider's sources.
//!
//! Of EC2 the other services use three trifles, but its client and the provider's package for it take a quarter
//! of the build's processor time (75 of 302 seconds with Go 1.26 on 2026-11-27). Therefore
//!
//! - the data source `aws_regions` is left out,
//! - `aws_region` gets the endpoints of Regions from a substitute,
//! - `aws_lambda_function` with `replace_security_groups_on_destroy` is refused where it would have to look a
//!   security group up.

use std::path::Path;

use crate::error::{Error, Result};

/// The constructor of EC2's client.
pub(super) const CLIENT: &str = "EC2Client";

/// The provider's package for EC2.
const SERVICE: &str = "internal/service/ec2";
/// The package that takes the place of EC2's client in `aws_region`.
const ENDPOINT: &str = "internal/ec2endpoint";

const REGION: &str = "internal/service/meta/region_data_source.go";
const REGIONS: &str = "internal/service/meta/regions_data_source.go";
/// The registrations of data sources about AWS itself.
const META: &str = "internal/service/meta/service_package_gen.go";

/// Reports whether [`substitutes`] have a package of the provider.
pub(super) fn takes_the_place_of(package: &str) -> bool {
    [SERVICE, ENDPOINT].contains(&package)
}

/// Returns the paths and texts of the files that take the place of EC2.
pub(super) fn substitutes() -> [(&'static str, &'static str); 3] {
    [
        (
            "internal/service/ec2/ec2.go",
            include_str!("ec2/service.go"),
        ),
        (
            "internal/ec2endpoint/endpoint.go",
            include_str!("ec2/endpoint.go"),
        ),
        (
            "internal/conns/ec2_client.go",
            include_str!("ec2/client.go"),
        ),
    ]
}

/// Returns the text of the provider's file at `path` without its uses of EC2; `None` if nothing is left.
///
/// # Errors
/// When a file that uses EC2 does not look as expected.
pub(super) fn without(path: &Path, text: String) -> Result<Option<String>> {
    let changed = match path.to_str() {
        Some(REGIONS) => return Ok(None),
        Some(META) => without_regions(&text),
        Some(REGION) => with_endpoint(&text),
        _ => return Ok(Some(text)),
    };
    match changed {
        Some(text) => Ok(Some(text)),
        None => Err(Error::ProviderSource(format!(
            "the use of EC2 in {} is not where it was",
            path.display()
        ))),
    }
}

/// Removes the registration of `aws_regions`.
fn without_regions(text: &str) -> Option<String> {
    let (before, entry) = text.split_once("\t\t{\n\t\t\tFactory:  newRegionsDataSource,\n")?;
    let (_, after) = entry.split_once("\n\t\t},\n")?;
    Some([before, after].concat())
}

/// Imports the substitute for the client under the client's name.
fn with_endpoint(text: &str) -> Option<String> {
    let (before, after) = text.split_once("\t\"github.com/aws/aws-sdk-go-v2/service/ec2\"\n")?;
    let import = format!("\tec2 \"{}/{ENDPOINT}\"\n", super::source::MODULE);
    Some([before, &import, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_of_the_regions_is_removed() {
        let before = "\treturn []*inttypes.ServicePackageFrameworkDataSource{
\t\t{
\t\t\tFactory:  newRegionDataSource,
\t\t\tTypeName: \"aws_region\",
\t\t},
";
        let entry = "\t\t{
\t\t\tFactory:  newRegionsDataSource,
\t\t\tTypeName: \"aws_regions\",
\t\t\tRegion:   unique.Make(inttypes.ResourceRegionDisabled()),
\t\t},
";
        let after = "\t\t{
\t\t\tFactory:  newServiceDataSource,
\t\t\tTypeName: \"aws_service\",
\t\t},
\t}
";
        let text = [before, entry, after].concat();
        assert_eq!(
            without(Path::new(META), text).unwrap().unwrap(),
            [before, after].concat()
        );
    }

    #[test]
    fn the_region_gets_its_endpoint_from_the_substitute() {
        let text = "import (
\t\"github.com/aws/aws-sdk-go-v2/aws\"
\t\"github.com/aws/aws-sdk-go-v2/service/ec2\"
)
";
        assert_eq!(
            without(Path::new(REGION), text.into()).unwrap().unwrap(),
            "import (
\t\"github.com/aws/aws-sdk-go-v2/aws\"
\tec2 \"github.com/hashicorp/terraform-provider-aws/internal/ec2endpoint\"
)
"
        );
    }

    #[test]
    fn the_regions_are_left_out_and_other_files_are_left_alone() {
        let text = || "package meta\n".to_owned();
        assert_eq!(without(Path::new(REGIONS), text()).unwrap(), None);
        let other = Path::new("internal/service/meta/consts.go");
        assert_eq!(without(other, text()).unwrap(), Some(text()));
    }

    #[test]
    fn files_that_do_not_look_as_expected_are_rejected() {
        for path in [META, REGION] {
            let error = without(Path::new(path), "package meta\n".into()).unwrap_err();
            assert!(error.to_string().contains(path), "{error}");
        }
    }
}
