//! The release bundle: it is complete and reproducible, contains no other files, and is all that a user
//! with Terraform and without Rust needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use aws_sdk_iam::error::ProvideErrorMetadata;
use e2e::bundle::{BuiltBundle, EXAMPLES, Example, bare_path, pack_again};
use e2e::deployer::{self, Deployer};
use e2e::trials::Trial;
use e2e::{Failure, REGION, TestAccount};
use local_harness::{Deployment, environment, repository};
use local_toolchain::{BUNDLE_NAME, PlanOutcome};
use serde_json::{Map, Value};

use crate::documents::links;

e2e::trials![
    the_same_sources_give_the_same_bundle,
    a_bundle_has_all_of_its_files_and_no_others,
    the_bill_of_materials_lists_the_functions_crates,
    terraform_accepts_the_zip_as_a_module_source,
    the_documents_of_a_bundle_need_no_checkout,
    a_deployer_without_a_statement_is_refused_its_actions,
    iam_accepts_the_deployers_policy,
];

/// Returns one trial for each example.
pub(crate) fn examples() -> Vec<Trial> {
    let trial = |example: &'static Example| e2e::trial!(every_example_lives_from_a_bundle_and_is_upgraded_without_rust(example); example.name);
    EXAMPLES.iter().map(trial).collect()
}

/// Returns the files below a directory, as paths relative to it.
fn files(top: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![top.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let path = path.strip_prefix(top).unwrap();
                found.insert(path.to_string_lossy().into_owned());
            }
        }
    }
    found
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Verifies `SHA256SUMS` with `sha256sum`, and returns the listed files.
fn checked(directory: &Path) -> BTreeSet<String> {
    let output = Command::new("sha256sum")
        .args(["--check", "--strict", "SHA256SUMS"])
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| line.strip_suffix(": OK").unwrap().to_owned())
        .collect()
}

async fn the_same_sources_give_the_same_bundle() -> Result<(), Failure> {
    let (one, other) = (BuiltBundle::shared().await?, BuiltBundle::now().await?);
    let (one_dir, other_dir) = (one.directory.path(), other.directory.path());
    let names = files(one_dir);
    assert_eq!(names, files(other_dir));
    assert_eq!(names.len(), 3, "{names:?}");
    for name in &names {
        assert!(
            fs::read(one_dir.join(name))? == fs::read(other_dir.join(name))?,
            "{name} differs"
        );
    }
    Ok(())
}

async fn a_bundle_has_all_of_its_files_and_no_others() -> Result<(), Failure> {
    let built = BuiltBundle::shared().await?;
    let beside = checked(built.directory.path());
    assert!(beside.contains(&format!("{BUNDLE_NAME}-{}.zip", built.bundle.version)));
    assert_eq!(beside.len(), 2, "{beside:?}");

    let unpacked = built.unpack()?;
    let top = &unpacked.top;
    let found = files(top);
    assert_eq!(found.len(), built.bundle.files);
    let mut summed = checked(top);
    summed.insert("SHA256SUMS".to_owned());
    assert_eq!(found, summed);
    let version = json(&top.join("VERSION.json"));
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));

    let root = repository()?;
    let private = root.to_string_lossy().into_owned().into_bytes();
    for path in &found {
        let bytes = fs::read(top.join(path))?;
        let leaks = bytes.windows(private.len()).any(|part| part == private);
        assert!(!leaks, "{path} names the directory in which it was built");
    }

    if !root.join(".git").exists() {
        e2e::report!("skipped: the comparison with git needs a checkout");
        assert!(version["commit"].is_null());
        return Ok(());
    }
    // A checkout is dirty if git lists a change; git does not list ignored files.
    assert_eq!(version["commit"], git(&root, &["rev-parse", "HEAD"]).trim());
    let dirty = !git(&root, &["status", "--porcelain"]).trim().is_empty();
    assert_eq!(version["dirty"], dirty);
    for tool in ["compiler", "cargoLambda", "zig"] {
        let version = version[tool].as_str().unwrap();
        let digits = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
        assert!(digits(version), "{tool}: {version}");
    }
    let mut wanted = of_git(&root);
    let architecture = local_toolchain::Architecture::of_host()?;
    wanted.insert(format!("dist/{}", architecture.zip_name()));
    wanted.extend(["SHA256SUMS", "VERSION.json", "sbom.cdx.json"].map(str::to_owned));
    assert_eq!(found, wanted);
    Ok(())
}

/// No document of a bundle links to a file that only a checkout has, and the first code block of the
/// bundle's README is the module block.
async fn the_documents_of_a_bundle_need_no_checkout() -> Result<(), Failure> {
    let unpacked = BuiltBundle::shared().await?.unpack()?;
    let top = &unpacked.top;
    let documents = links::documents(top);
    assert!(documents.len() > 10, "{documents:?}");
    let broken: Vec<String> = documents
        .iter()
        .flat_map(|document| links::broken_links(document))
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");

    let readme = fs::read_to_string(top.join("README.md"))?;
    let mut code = readme.split("```").skip(1).step_by(2);
    let first = code.find(|block| !block.starts_with("mermaid\n"));
    let first = first.unwrap_or_default();
    assert!(first.starts_with("hcl\nmodule \"line\""), "{first}");
    assert!(!readme.contains("checkout -->"), "{readme}");
    // The community files stay in the checkout; the instructions for reporting a weakness are in the bundle.
    let security = fs::read_to_string(top.join("docs/security.md"))?;
    assert!(security.contains("\n## Report a weakness\n"), "{security}");
    Ok(())
}

/// Runs git and returns its output.
fn git(root: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    let output = command.args(arguments).current_dir(root).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the module's files according to git, including those that are not committed yet.
fn of_git(root: &Path) -> BTreeSet<String> {
    let known = [
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
    ];
    let files = [
        ":(glob)*.tf",
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "Containerfile",
        "docs",
        "examples",
        "flows",
        "mocks",
        "modules",
    ];
    let listed = git(root, &[&known[..], &files[..]].concat());
    listed
        .lines()
        .filter(|path| !path.split('/').any(|part| part.starts_with('.')))
        // Git still lists a deleted file whose deletion is not committed.
        .filter(|path| root.join(path).exists())
        .map(str::to_owned)
        .collect()
}

async fn the_bill_of_materials_lists_the_functions_crates() -> Result<(), Failure> {
    let built = BuiltBundle::shared().await?;
    let bill = json(&built.bundle.sbom);
    assert_eq!(bill["bomFormat"], "CycloneDX");
    assert!(bill["serialNumber"].is_null() && bill["metadata"]["timestamp"].is_null());
    let subject = &bill["metadata"]["component"];
    assert_eq!(subject["name"], "connect-pin-sms");
    assert_eq!(subject["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        subject["components"][0]["hashes"][0]["content"],
        sha256sum(
            &built
                .unpack()?
                .top
                .join(subject["components"][0]["name"].as_str().unwrap())
        )
    );

    let crates: BTreeMap<&str, &Value> = bill["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one))
        .collect();
    for linked in ["aws-sdk-sns", "lambda_runtime", "rustls", "tokio"] {
        let one = crates[linked];
        assert_eq!(one["scope"], "required", "{one}");
        assert_eq!(one["hashes"][0]["alg"], "SHA-256", "{one}");
        assert!(one["licenses"][0].is_object(), "{one}");
        let purl = one["purl"].as_str().unwrap();
        assert!(purl.starts_with(&format!("pkg:cargo/{linked}@")), "{one}");
    }
    for macros in ["serde_derive", "thiserror-impl"] {
        assert_eq!(crates[macros]["scope"], "excluded");
    }
    // Crates of the tests and the command line, and crates that they alone enable by a feature of a crate
    // that the function uses too.
    for elsewhere in [
        "proptest",
        "clap",
        "dynoxide-rs",
        "matchers",
        "aws-sdk-lambda",
    ] {
        assert!(!crates.contains_key(elsewhere), "{elsewhere}");
    }

    // References, not names: some crates are there in two versions.
    let references: BTreeSet<&str> = bill["components"]
        .as_array()
        .unwrap()
        .iter()
        .chain([subject])
        .map(|one| one["bom-ref"].as_str().unwrap())
        .collect();
    let dependencies = bill["dependencies"].as_array().unwrap();
    for dependency in dependencies {
        let needs = dependency["dependsOn"].as_array().into_iter().flatten();
        for reference in needs.chain([&dependency["ref"]]) {
            assert!(
                references.contains(reference.as_str().unwrap()),
                "{reference}"
            );
        }
    }
    let reached = reached(dependencies, subject["bom-ref"].as_str().unwrap());
    assert_eq!(reached, references, "every component must be a dependency");
    Ok(())
}

/// Returns the component and all of its direct and indirect dependencies.
fn reached<'a>(dependencies: &'a [Value], from: &'a str) -> BTreeSet<&'a str> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(reference) = next.pop() {
        if seen.insert(reference) {
            next.extend(
                dependencies
                    .iter()
                    .filter(|dependency| dependency["ref"] == reference)
                    .flat_map(|dependency| dependency["dependsOn"].as_array())
                    .flatten()
                    .filter_map(Value::as_str),
            );
        }
    }
    seen
}

fn sha256sum(path: &Path) -> String {
    let output = Command::new("sha256sum").arg(path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let line = String::from_utf8(output.stdout).unwrap();
    line.split_whitespace().next().unwrap().to_owned()
}

async fn every_example_lives_from_a_bundle_and_is_upgraded_without_rust(
    example: &'static Example,
) -> Result<(), Failure> {
    let built = BuiltBundle::shared().await?;
    let unpacked = built.unpack()?;
    let top = &unpacked.top;
    let directories: BTreeSet<_> = fs::read_dir(top.join("examples"))?
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let listed: BTreeSet<_> = EXAMPLES.iter().map(|one| one.name.to_owned()).collect();
    assert_eq!(
        directories, listed,
        "EXAMPLES must have an entry for each example"
    );

    let directory = top.join("examples").join(example.name);
    let aws = TestAccount::start_enforcing_iam().await?;
    let deployer = Deployer::create(&aws).await?;
    let mut variables = environment(&aws.account.endpoint_url(), REGION);
    let bin = tempfile::tempdir()?;
    let path = bare_path(bin.path(), built.toolchain)?;
    variables.insert("PATH".to_owned(), path);
    let key = deployer.access_key_id.clone();
    variables.insert("AWS_ACCESS_KEY_ID".to_owned(), key);
    let mut deployment = Deployment::prepare_in(built.toolchain, &directory, variables).await?;
    deployment.keep_provider().await?;

    let before = deployment.apply_any().await?;
    let lines = (example.lines)(&before);
    assert!(!lines.is_empty());
    let plan = deployment.plan().await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    for line in &lines {
        line.load(&aws).await?;
        line.call_as_member(&aws).await?;
    }

    change_release(top)?;
    let terraform = deployment.terraform();
    let saved = top.join("saved-plan");
    let changes = terraform.planned_changes(&Map::new(), Some(&saved)).await?;
    let mut kinds: Vec<_> = changes
        .iter()
        .map(|change| (change.action.clone(), change.kind.clone()))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    let update = |kind: &str| ("update".to_owned(), kind.to_owned());
    let wanted = ["aws_connect_contact_flow", "aws_lambda_function"].map(update);
    assert_eq!(kinds, wanted, "{changes:?}");
    assert_eq!(changes.len(), 2 * lines.len(), "{changes:?}");
    terraform.apply_saved(&saved).await?;
    assert_eq!(terraform.outputs().await?, before);
    let plan = deployment.plan().await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    for line in &lines {
        let call = line.call_as_member(&aws).await?;
        assert_eq!(call.heard.last().map(String::as_str), Some(NEW_SENTENCE));
    }

    if example.name == "complete" {
        let changed = directory.join("changed_override.tf");
        fs::write(&changed, CHANGED)?;
        deployment.apply_changes(false).await?;
        fs::remove_file(&changed)?;
        deployment.apply_changes(false).await?;
        fs::write(&changed, RENAMED)?;
        deployment.apply_changes(false).await?;
    }
    deployment.destroy_unrefreshed().await?;
    deployer.delete_policy(&aws).await?;
    aws.assert_empty().await?;
    deployer::compare(example.name, &deployer.authorizations(&aws))?;
    aws.account.shutdown().await;
    Ok(())
}

/// Other values of settings that are updated in place: a deployer needs the rights for updates as well.
const CHANGED: &str = r#"
module "line" {
  outbound_calls_enabled = true

  tables = {
    deletion_protection     = true
    recovery_period_in_days = 8
  }

  function = {
    architecture          = var.architecture
    log_retention_in_days = 60
    memory_size           = 512
    reserved_concurrency  = 5
  }

  tags = {
    Service = "campaign-line"
    Stage   = "changed"
  }
}
"#;

/// Another name, so that Terraform replaces the resources that are named after the line.
const RENAMED: &str = r#"
module "line" {
  name = "renamed-line"
}
"#;

/// IAM accepts the policy that docs/deployer.md creates.
async fn iam_accepts_the_deployers_policy() -> Result<(), Failure> {
    let text = fs::read_to_string(repository()?.join("docs/deployer-policy.json"))?;
    assert_eq!(
        deployer::excess_length(&text),
        None,
        "longer than a managed policy may be"
    );
    let aws = TestAccount::start().await?;
    let iam = aws_sdk_iam::Client::new(&aws.sdk_config().await);
    iam.create_policy()
        .policy_name("campaign-line-deployer")
        .policy_document(text)
        .send()
        .await?;
    aws.account.shutdown().await;
    Ok(())
}

/// A deployer without one of the policy's statements is refused what the statement allows, by name.
async fn a_deployer_without_a_statement_is_refused_its_actions() -> Result<(), Failure> {
    let text = fs::read_to_string(repository()?.join("docs/deployer-policy.json"))?;
    let mut policy: Value = serde_json::from_str(&text)?;
    let statements = policy["Statement"].as_array_mut().unwrap();
    let is_of_kms = |statement: &Value| statement["Sid"] == "Kms";
    let (of_kms, others): (Vec<Value>, Vec<Value>) = statements.drain(..).partition(is_of_kms);
    assert_eq!(of_kms.len(), 1);
    policy["Statement"] = others.into();

    let aws = TestAccount::start_enforcing_iam().await?;
    let whole = Deployer::create_with(&aws, "whole", &text).await?;
    let partial = Deployer::create_with(&aws, "partial", &policy.to_string()).await?;
    whole.kms(&aws).await.create_key().send().await?;
    let refused = partial.kms(&aws).await.create_key().send().await;
    let refused = refused.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("AccessDeniedException"), "{refused:?}");
    let words = "User: arn:aws:iam::123456789012:user/partial is not authorized to perform: \
                 kms:CreateKey on resource: * because no identity-based policy allows the \
                 kms:CreateKey action";
    assert_eq!(refused.message(), Some(words));
    aws.account.shutdown().await;
    Ok(())
}

/// The sentence `sent` of the changed release.
const NEW_SENTENCE: &str = "お送りしました / It is on its way";

/// Turns an unpacked bundle into another release: with another sentence, and the function in other bytes.
fn change_release(top: &Path) -> Result<(), Failure> {
    for language in ["en", "ja"] {
        let file = top.join(format!("flows/texts/{language}.json"));
        let mut texts = json(&file);
        assert!(texts["texts"]["sent"].is_string(), "{}", file.display());
        texts["texts"]["sent"] = NEW_SENTENCE.into();
        fs::write(&file, texts.to_string())?;
    }
    let architecture = local_toolchain::Architecture::of_host()?;
    pack_again(&top.join("dist").join(architecture.zip_name()))
}

/// The zip itself is the module's source, as the documents describe.
async fn terraform_accepts_the_zip_as_a_module_source() -> Result<(), Failure> {
    let built = BuiltBundle::shared().await?;
    let home = tempfile::tempdir()?;
    let stack = home.path().join("stack");
    fs::create_dir(&stack)?;
    fs::write(
        stack.join("main.tf"),
        format!(
            "module \"line\" {{\n  source = \"{}//{BUNDLE_NAME}-{}\"\n\n  \
             instance_alias = \"example-campaign\"\n}}\n",
            built.bundle.path.display(),
            built.bundle.version
        ),
    )?;
    let path = bare_path(home.path(), built.toolchain)?;
    let variables = BTreeMap::from([("PATH".to_owned(), path)]);
    let deployment = Deployment::prepare_in(built.toolchain, &stack, variables).await?;
    deployment.terraform().validate().await?;
    let zip = format!(
        ".terraform/modules/line/{BUNDLE_NAME}-{}/dist/{}",
        built.bundle.version,
        local_toolchain::Architecture::of_host()?.zip_name()
    );
    assert!(stack.join(&zip).is_file(), "{zip}");
    Ok(())
}
