use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::progress::Silent;
use crate::tools::{Tool, Version};

/// A fake Terraform: a shell script that gets its subcommand as `$1`.
struct Stage {
    directory: TempDir,
    terraform: Terraform,
}

fn stage(script: &str) -> Stage {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("terraform");
    crate::testing::script(&path, script);
    let tool = Tool {
        path,
        version: Version::new(1, 11, 4),
    };
    let missing = crate::MissingTool {
        name: "go",
        sentence: "go was not found.".to_owned(),
    };
    let tools = Tools {
        terraform: tool.clone(),
        platform: "linux_amd64".to_owned(),
        cargo: Ok(tool.clone()),
        go: Err(missing),
        python: Ok(tool),
        cargo_lambda: None,
    };
    let cache = Cache::at(directory.path().join("cache"));
    let environment = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
    ];
    let environment = environment
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let place = directory.path().to_path_buf();
    let terraform = Terraform::new(
        Arc::new(tools),
        cache,
        ProviderBuild::Module,
        Arc::new(Silent),
        place,
        environment,
    );
    Stage {
        terraform: terraform.unwrap(),
        directory,
    }
}

#[tokio::test]
async fn exit_codes_of_a_plan_are_its_outcomes() {
    let plan = async |script: &str| stage(script).terraform.plan(&Map::new(), None).await;
    assert_eq!(
        plan("echo none; exit 0").await.unwrap().outcome,
        PlanOutcome::Empty
    );
    let changes = plan("echo some; exit 2").await.unwrap();
    assert_eq!(
        (changes.outcome, changes.text.as_str()),
        (PlanOutcome::Changes, "some\n")
    );
    let error = plan("echo broken >&2; exit 1").await.unwrap_err();
    assert!(error.to_string().ends_with("broken"), "{error}");
}

#[tokio::test]
async fn variables_of_any_type_are_passed_in_a_private_file() {
    let stage = stage(r#"for a; do case $a in -var-file=*) cat "${a#*=}";; esac; done"#);
    let variables = json!({"name": "x y", "list": [1, {"a": null}]});
    let said = stage
        .terraform
        .apply(variables.as_object().unwrap())
        .await
        .unwrap();
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap(), variables);
}

#[tokio::test]
async fn outputs_are_values() {
    let stage = stage(
        r#"echo '{"number": {"sensitive": false, "type": "string", "value": "+49"},
                  "names": {"sensitive": true, "type": ["list", "string"], "value": ["a"]}}'"#,
    );
    let outputs = stage.terraform.outputs().await.unwrap();
    assert_eq!(
        Value::Object(outputs),
        json!({"number": "+49", "names": ["a"]})
    );
}

#[tokio::test]
async fn invalid_json_is_reported() {
    let error = stage("echo oops").terraform.show(None).await.unwrap_err();
    assert!(matches!(error, Error::UnexpectedOutput { .. }), "{error}");
}

#[test]
fn the_users_settings_have_no_effect() {
    let stage = stage("");
    let names = [
        "AWS_PROFILE",
        "AWS_REGION",
        "TF_VAR_x",
        "TF_CLI_ARGS_plan",
        "TF_DATA_DIR",
        "TF_AWS_STS_ENDPOINT",
        "PATH",
    ];
    let inherited = names.map(|name| (OsString::from(name), OsString::from("x")));
    let command = stage.terraform.command(["plan"], &inherited);
    let environment: BTreeMap<_, _> = command
        .as_std()
        .get_envs()
        .map(|(name, value)| (name.to_str().unwrap(), value.map(|v| v.to_str().unwrap())))
        .collect();
    for name in [
        "AWS_PROFILE",
        "TF_VAR_x",
        "TF_CLI_ARGS_plan",
        "TF_DATA_DIR",
        "TF_AWS_STS_ENDPOINT",
    ] {
        assert_eq!(environment[name], None, "{name} was inherited");
    }
    assert!(
        !environment.contains_key("PATH"),
        "PATH must be inherited unchanged"
    );
    assert_eq!(environment["AWS_REGION"], Some("eu-central-1"));
    assert_eq!(environment["NO_PROXY"], Some("127.0.0.1"));
    assert_eq!(
        environment["AWS_SHARED_CREDENTIALS_FILE"],
        Some("/dev/null")
    );
    let config = environment["TF_CLI_CONFIG_FILE"].unwrap();
    assert!(Path::new(config).is_file(), "{config}");
    assert!(config.ends_with("direct.tfrc"), "{config}");
}

#[tokio::test]
async fn init_builds_only_if_the_registry_cannot_be_reached() {
    let mut wrong = stage("echo 'Error: Unsupported argument' >&2; exit 1");
    let error = wrong.terraform.init().await.unwrap_err();
    assert!(
        error.child_output().unwrap().contains("Unsupported"),
        "{error}"
    );

    // Without Go, the attempt to build fails with this sentence.
    let mut cut = stage("echo 'could not connect to registry.terraform.io: forbidden' >&2; exit 1");
    let error = cut.terraform.init().await.unwrap_err();
    assert_eq!(error.to_string(), "go was not found.");

    let mut fine = stage("exit 0");
    assert_eq!(
        fine.terraform.init().await.unwrap(),
        ProviderSource::Registry
    );
    assert!(
        fine.directory
            .path()
            .join("cache/terraform/direct.tfrc")
            .is_file()
    );
}

#[tokio::test]
async fn commands_without_refresh_rely_on_the_state() {
    let stage = stage("echo \"$@\"");
    let told = async |terraform: &Terraform| {
        let none = Map::new();
        [
            terraform.plan(&none, None).await.unwrap().text,
            terraform.apply(&none).await.unwrap(),
            terraform.destroy(&none).await.unwrap(),
        ]
    };
    let unrefreshed = |said: &String| said.contains(" -refresh=false ");
    let quick = told(&stage.terraform.without_refresh()).await;
    assert!(quick.iter().all(unrefreshed), "{quick:?}");
    let usual = told(&stage.terraform).await;
    assert!(!usual.iter().any(unrefreshed), "{usual:?}");
}

#[tokio::test]
async fn a_kept_provider_serves_every_command_until_the_next_init() {
    // The provider that init installs prints its address, as the real one does with -debug.
    let mut stage = stage(
        r#"case $1 in
        init)
          provider=.terraform/providers/registry.terraform.io/hashicorp/aws/6.34.0/linux_amd64
          mkdir -p $provider
          cat > $provider/terraform-provider-aws_v6.34.0 <<'END'
#!/bin/sh
[ "$1" = -debug ] || exit 1
echo "$AWS_REGION" >> started
echo "Provider started."
echo "	TF_REATTACH_PROVIDERS='{\"aws\":\"$$\"}'"
exec sleep 600
END
          chmod 755 $provider/terraform-provider-aws_v6.34.0 ;;
        *) echo "${TF_REATTACH_PROVIDERS-none}" ;;
        esac"#,
    );
    let told = async |terraform: &Terraform| terraform.run(["state", "list"]).await.unwrap();
    stage.terraform.init().await.unwrap();
    assert_eq!(told(&stage.terraform).await, "none\n");

    stage.terraform.keep_provider().await.unwrap();
    let address = told(&stage.terraform).await;
    assert!(address.starts_with("{\"aws\":\""), "{address}");
    assert_eq!(told(&stage.terraform).await, address);
    let started = std::fs::read_to_string(stage.directory.path().join("started")).unwrap();
    assert_eq!(
        started, "eu-central-1\n",
        "once, with Terraform's own environment"
    );

    stage.terraform.init().await.unwrap();
    assert_eq!(told(&stage.terraform).await, "none\n");
}

#[tokio::test]
async fn a_type_that_the_built_provider_lacks_is_explained() {
    let script = r#"echo 'The provider hashicorp/aws does not support resource type "aws_sqs_queue".' >&2; exit 1"#;
    let mut stage = stage(script);
    let none = Map::new();
    let error = stage.terraform.apply(&none).await.unwrap_err();
    let of_terraform = error.to_string();
    assert!(!of_terraform.contains("on this machine"), "{of_terraform}");

    stage.terraform.source = ProviderSource::Mirror;
    for error in [
        stage.terraform.apply(&none).await.unwrap_err(),
        stage
            .terraform
            .planned_changes(&none, None)
            .await
            .unwrap_err(),
        stage.terraform.validate().await.unwrap_err(),
    ] {
        let text = error.to_string();
        for part in [
            "does not support resource type \"aws_sqs_queue\".\n",
            "was built on this machine, without aws_sqs_queue.",
            "aws_cloudwatch, aws_cloudwatch_log, aws_connect, aws_dynamodb, aws_iam, aws_kms, aws_lambda, \
             aws_sns.",
            "/cache/provider and run the command again",
        ] {
            assert!(text.contains(part), "{part:?} is missing in {text}");
        }
        assert!(error.child_output().unwrap().contains("aws_sqs_queue"));
    }
}
