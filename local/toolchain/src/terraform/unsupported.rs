//! Finds the types in Terraform's output that its provider does not have.

use std::collections::BTreeSet;

use super::registry::unframed;

/// The part of Terraform's and OpenTofu's sentence before a type: `The provider hashicorp/aws does not
/// support resource type "aws_sqs_queue".`
const SENTENCES: [&str; 3] = [
    "/aws does not support resource type ",
    "/aws does not support data source ",
    "/aws does not support ephemeral resource ",
];

/// Returns the types of `hashicorp/aws` that the output of a failed command reports as not supported.
/// The output may be JSON.
pub(super) fn types(output: &str) -> BTreeSet<String> {
    let text = unframed(output).replace("\\\"", "\"");
    SENTENCES
        .iter()
        .flat_map(|sentence| text.split(sentence).skip(1))
        .filter_map(|rest| rest.strip_prefix('"')?.split_once('"'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The output of Terraform 1.11.4 for a stack with types that its provider did not have.
    const PRINTED: &str = r#"╷
│ Error: Invalid resource type
│
│   on main.tf line 6, in resource "aws_sqs_queue" "x":
│    6: resource "aws_sqs_queue" "x" { name = "x" }
│
│ The provider hashicorp/aws does not support resource type "aws_sqs_queue".
╵
╷
│ Error: Invalid data source
│
│   on main.tf line 7, in data "aws_s3_bucket" "y":
│    7: data "aws_s3_bucket" "y" { bucket = "x" }
│
│ The provider hashicorp/aws does not support data source "aws_s3_bucket".
╵
╷
│ Error: Invalid ephemeral resource
│
│   on main.tf line 8, in ephemeral "aws_secretsmanager_secret_version" "z":
│    8: ephemeral "aws_secretsmanager_secret_version" "z" { secret_id = "x" }
│
│ The provider hashicorp/aws does not support ephemeral resource
│ "aws_secretsmanager_secret_version".
╵"#;

    #[test]
    fn types_are_found_in_frames_and_in_json() {
        let expected = [
            "aws_s3_bucket",
            "aws_secretsmanager_secret_version",
            "aws_sqs_queue",
        ];
        assert!(types(PRINTED).iter().eq(expected.iter()), "{PRINTED}");
        let json = r#"{"summary":"Invalid resource type","detail":"The provider hashicorp/aws does not support resource type \"aws_sqs_queue\"."}"#;
        assert!(types(json).iter().eq(["aws_sqs_queue"].iter()));
    }

    #[test]
    fn types_of_other_providers_and_other_errors_are_left_alone() {
        for text in [
            r#"The provider hashicorp/random does not support resource type "random_ids"."#,
            r#"Error: creating SQS Queue: "aws_sqs_queue""#,
            "",
        ] {
            assert!(types(text).is_empty(), "{text}");
        }
    }
}
