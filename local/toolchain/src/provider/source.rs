//! Selects the part of the provider's sources that this repository needs.
//!
//! The whole provider links the clients of some 260 services. Two generated files connect everything: one
//! registers the services, the other has a constructor for every client. Once both are reduced to the
//! services of this module, the imports lead to everything that must be compiled. EC2 would be among it;
//! [`super::ec2`] takes its place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::ec2;
use crate::error::{Error, Result};
use crate::files::{create_dir_all, io_error, read, read_to_string, write};

/// The provider's own import path.
pub(super) const MODULE: &str = "github.com/hashicorp/terraform-provider-aws";

const REGISTRATIONS: &str = "internal/provider/sdkv2/service_packages_gen.go";
const CLIENTS: &str = "internal/conns/awsclient_gen.go";
const SWEEPERS: &str = "sweep.go";

/// Copies the sources that are compiled for these services from a module's directory to an empty one.
pub(super) fn copy(module: &Path, target: &Path, services: &[&str]) -> Result<()> {
    let registrations = read_to_string(&module.join(REGISTRATIONS))?;
    let registrations = filter_registrations(&registrations, services)?;
    let clients = read_to_string(&module.join(CLIENTS))?;

    let mut sources = BTreeMap::new();
    let mut embedded = BTreeSet::new();
    let mut packages = BTreeSet::from([String::new()]);
    let mut ahead = vec![String::new()];
    while let Some(package) = ahead.pop() {
        if ec2::takes_the_place_of(&package) {
            continue;
        }
        for name in go_files(&module.join(&package))? {
            let path = Path::new(&package).join(&name);
            let text = if path == Path::new(REGISTRATIONS) {
                registrations.clone()
            } else {
                read_to_string(&module.join(&path))?
            };
            let Some(text) = ec2::without(&path, text)? else {
                continue;
            };
            for import in imports(&text) {
                if packages.insert(import.to_owned()) {
                    ahead.push(import.to_owned());
                }
            }
            for pattern in embeds(&text) {
                embedded.extend(glob(module, &Path::new(&package).join(pattern)));
            }
            sources.insert(path, text);
        }
    }

    let used = sources
        .iter()
        .filter(|(path, _)| *path != Path::new(CLIENTS));
    let used = used.flat_map(|(_, text)| client_calls(text));
    let used: BTreeSet<_> = used.filter(|client| *client != ec2::CLIENT).collect();
    let clients = filter_clients(&clients, &used)?;
    sources.insert(PathBuf::from(CLIENTS), clients);
    let places = ec2::substitutes().map(|(path, text)| (PathBuf::from(path), text.to_owned()));
    sources.extend(places);

    let put = |path: &Path, bytes: &[u8]| {
        let path = target.join(path);
        path.parent().map_or(Ok(()), create_dir_all)?;
        // Written and not copied: files in Go's module cache are read-only.
        write(&path, bytes)
    };
    for (path, text) in &sources {
        put(path, text.as_bytes())?;
    }
    for path in embedded
        .iter()
        .map(PathBuf::as_path)
        .chain(["go.mod", "go.sum"].map(Path::new))
    {
        put(path, &read(&module.join(path))?)?;
    }
    tracing::debug!(
        packages = packages.len(),
        files = sources.len(),
        "copied the provider"
    );
    Ok(())
}

/// Returns the names of a directory's Go files, without tests and without what only tests call: the
/// sweepers, which delete what the tests of the provider left in an AWS account.
fn go_files(directory: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(io_error("read", directory))? {
        let name = entry.map_err(io_error("read", directory))?.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".go") && !name.ends_with("_test.go") && name != SWEEPERS {
            names.push(name.into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Returns the packages of the provider that a file imports, as directories.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let path = line.trim_end().strip_suffix('"')?.split('"').nth(1)?;
        path.strip_prefix(MODULE)?.strip_prefix('/')
    })
}

/// Returns the patterns of files that are embedded in the program.
fn embeds(text: &str) -> impl Iterator<Item = &str> {
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("//go:embed "));
    lines
        .flat_map(str::split_whitespace)
        .map(|pattern| pattern.trim_matches('"'))
}

/// Returns the files that match a pattern of Go's `embed`; `*` matches within a name.
fn glob(root: &Path, pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let part = part.as_os_str().to_string_lossy();
        found = match part.split_once('*') {
            None => found
                .into_iter()
                .map(|path| path.join(part.as_ref()))
                .collect(),
            Some((start, end)) => {
                let below = |path: PathBuf| {
                    let entries = fs::read_dir(root.join(&path))
                        .into_iter()
                        .flatten()
                        .flatten();
                    let names =
                        entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
                    let fits = |name: &String| {
                        name.len() >= start.len() + end.len()
                            && name.starts_with(start)
                            && name.ends_with(end)
                    };
                    names
                        .filter(fits)
                        .map(|name| path.join(name))
                        .collect::<Vec<_>>()
                };
                found.into_iter().flat_map(below).collect()
            }
        };
        found.retain(|path| root.join(path).exists());
    }
    found.retain(|path| root.join(path).is_file());
    found
}

/// Removes the imports and registrations of all other services.
fn filter_registrations(text: &str, services: &[&str]) -> Result<String> {
    let prefix = format!("\"{MODULE}/internal/service/");
    let (mut imported, mut registered, mut dropped) = (0, 0, 0);
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let import = trimmed
            .strip_prefix(&prefix)
            .and_then(|rest| rest.strip_suffix('"'));
        let registration = trimmed.strip_suffix(".ServicePackage(ctx),");
        let keep = match (import, registration) {
            (Some(service), _) if services.contains(&service) => {
                imported += 1;
                true
            }
            (_, Some(service)) if services.contains(&service) => {
                registered += 1;
                true
            }
            (None, None) => true,
            _ => false,
        };
        if keep {
            kept.push_str(line);
        } else {
            dropped += 1;
        }
    }
    if (imported, registered) != (services.len(), services.len()) || dropped == 0 {
        return Err(Error::ProviderSource(format!(
            "{REGISTRATIONS} imports {imported} and registers {registered} of {} services, and \
             {dropped} lines of others",
            services.len()
        )));
    }
    Ok(kept)
}

/// Returns the names of the client constructors that a file calls, such as `KMSClient`.
fn client_calls(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("Client(").filter_map(|(at, _)| {
        let name = text[..at]
            .rsplit(|c: char| !c.is_ascii_alphanumeric())
            .next()?;
        let start = at - name.len();
        let end = at + "Client".len();
        (!name.is_empty() && text[..start].ends_with('.')).then(|| &text[start..end])
    })
}

/// Removes unused client constructors, and the imports that only they use.
fn filter_clients(text: &str, used: &BTreeSet<&str>) -> Result<String> {
    let (mut kept, mut dropped) = (0, 0);
    let mut body = String::new();
    // Inside a removed function; the blank line after it is removed, too.
    let (mut skipping, mut blank) = (false, false);
    for line in text.split_inclusive('\n') {
        let start = line.strip_prefix("func (c *AWSClient) ");
        if let Some((name, _)) = start.and_then(|rest| rest.split_once('(')) {
            skipping = !used.contains(name);
            if skipping { dropped += 1 } else { kept += 1 }
        }
        if skipping {
            (skipping, blank) = (line.trim_end() != "}", true);
            continue;
        }
        if !(blank && line.trim().is_empty()) {
            body.push_str(line);
        }
        blank = false;
    }
    if kept == 0 || dropped == 0 || skipping {
        return Err(Error::ProviderSource(format!(
            "of the constructors in {CLIENTS}, {kept} are used and {dropped} are not"
        )));
    }
    let code = body.split_once("\nfunc ").map_or("", |(_, code)| code);
    let needed = |line: &&str| sdk_import(line).is_none_or(|name| mentions(code, name));
    Ok(body.split_inclusive('\n').filter(needed).collect())
}

/// Returns the name under which a line imports a service of the AWS SDK.
fn sdk_import(line: &str) -> Option<&str> {
    let (alias, rest) = line.trim().strip_suffix('"')?.split_once('"')?;
    let path = rest.strip_prefix("github.com/aws/aws-sdk-go-v2/service/")?;
    match alias.trim() {
        "" => path.rsplit('/').next(),
        alias => Some(alias),
    }
}

/// Reports whether code refers to a package: its name as a whole word, and a dot.
fn mentions(code: &str, package: &str) -> bool {
    code.match_indices(package).any(|(at, _)| {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        code[at + package.len()..].starts_with('.') && !code[..at].ends_with(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRATIONS_SAMPLE: &str = r#"package sdkv2

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-provider-aws/internal/conns"
	"github.com/hashicorp/terraform-provider-aws/internal/service/account"
	"github.com/hashicorp/terraform-provider-aws/internal/service/kms"
	"github.com/hashicorp/terraform-provider-aws/internal/service/sns"
)

func servicePackages(ctx context.Context) []conns.ServicePackage {
	v := []conns.ServicePackage{
		account.ServicePackage(ctx),
		kms.ServicePackage(ctx),
		sns.ServicePackage(ctx),
	}

	return slices.Clone(v)
}
"#;

    const CLIENTS_SAMPLE: &str = r#"package conns

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	secrets "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/hashicorp/terraform-provider-aws/internal/errs"
	"github.com/hashicorp/terraform-provider-aws/names"
)

func (c *AWSClient) AccountClient(ctx context.Context) *account.Client {
	return errs.Must(client[*account.Client](ctx, c, names.Account, make(map[string]any)))
}

func (c *AWSClient) KMSClient(ctx context.Context) *kms.Client {
	return errs.Must(client[*kms.Client](ctx, c, names.KMS, make(map[string]any)))
}

func (c *AWSClient) SecretsClient(ctx context.Context) *secrets.Client {
	return errs.Must(client[*secrets.Client](ctx, c, names.Secrets, make(map[string]any)))
}

func (c *AWSClient) SNSClient(ctx context.Context) *sns.Client {
	return errs.Must(client[*sns.Client](ctx, c, names.SNS, make(map[string]any)))
}
"#;

    #[test]
    fn only_the_selected_services_are_registered() {
        let kept = filter_registrations(REGISTRATIONS_SAMPLE, &["kms", "sns"]).unwrap();
        let dropped = |line: &&str| !kept.lines().any(|kept| kept == *line);
        let dropped: Vec<_> = REGISTRATIONS_SAMPLE.lines().filter(dropped).collect();
        assert_eq!(
            dropped,
            [
                "\t\"github.com/hashicorp/terraform-provider-aws/internal/service/account\"",
                "\t\taccount.ServicePackage(ctx),",
            ]
        );
    }

    #[test]
    fn unexpected_registrations_are_rejected() {
        for (text, services) in [
            (REGISTRATIONS_SAMPLE, &["kms", "sqs"][..]),
            (REGISTRATIONS_SAMPLE, &["account", "kms", "sns"][..]),
            ("package sdkv2\n", &["kms"][..]),
        ] {
            let error = filter_registrations(text, services)
                .unwrap_err()
                .to_string();
            assert!(error.contains("do not look as expected"), "{error}");
            assert!(error.contains(REGISTRATIONS), "{error}");
        }
    }

    #[test]
    fn used_clients_are_kept() {
        let kept = filter_clients(CLIENTS_SAMPLE, &BTreeSet::from(["KMSClient"])).unwrap();
        assert_eq!(
            kept.trim_end(),
            r#"package conns

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/hashicorp/terraform-provider-aws/internal/errs"
	"github.com/hashicorp/terraform-provider-aws/names"
)

func (c *AWSClient) KMSClient(ctx context.Context) *kms.Client {
	return errs.Must(client[*kms.Client](ctx, c, names.KMS, make(map[string]any)))
}"#
        );
        let kept = filter_clients(CLIENTS_SAMPLE, &BTreeSet::from(["SecretsClient"])).unwrap();
        assert!(
            kept.contains("secrets \"github.com/aws"),
            "an alias was lost:\n{kept}"
        );
    }

    #[test]
    fn unexpected_clients_are_rejected() {
        let all = ["AccountClient", "KMSClient", "SecretsClient", "SNSClient"];
        for used in [BTreeSet::new(), BTreeSet::from(all)] {
            let error = filter_clients(CLIENTS_SAMPLE, &used)
                .unwrap_err()
                .to_string();
            assert!(error.contains(CLIENTS), "{error}");
        }
    }

    #[test]
    fn client_calls_are_found() {
        let code =
            "x := meta.(*conns.AWSClient).KMSClient(ctx)\nNewClient(y)\nc.S3ExpressClient(z)";
        assert_eq!(
            client_calls(code).collect::<Vec<_>>(),
            ["KMSClient", "S3ExpressClient"]
        );
    }

    #[test]
    fn imported_packages_are_copied() {
        let module = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = module.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let import = |package: &str| format!("import x \"{MODULE}/{package}\"\n");
        put("go.mod", "module x\n");
        put("go.sum", "");
        put("main.go", &import("internal/provider/sdkv2"));
        put("main_test.go", &import("internal/acctest"));
        put(REGISTRATIONS, REGISTRATIONS_SAMPLE);
        put(CLIENTS, CLIENTS_SAMPLE);
        put("internal/service/account/a.go", "x.AccountClient(ctx)");
        put(
            "internal/service/kms/k.go",
            &(import("internal/service/ec2/types")
                + &import("internal/service/ec2")
                + "x.KMSClient(c)\nx.EC2Client(c)"),
        );
        put("internal/service/kms/sweep.go", &import("internal/sweep"));
        put("internal/service/ec2/instance.go", "");
        put("internal/service/kms/k_test.go", "");
        put("internal/service/kms/README.md", "");
        put("internal/service/kms/smarterr.hcl", "");
        put(
            "internal/service/ec2/types/t.go",
            "//go:embed ../*/nothing\n",
        );
        put("internal/service/sns/s.go", "x.SNSClient(ctx)");
        put("internal/errs/e.go", "//go:embed data/*.txt \"more.hcl\"\n");
        put("internal/errs/data/one.txt", "");
        put("internal/errs/data/one.md", "");
        put("internal/errs/more.hcl", "");
        put("names/n.go", "");

        let target = tempfile::tempdir().unwrap();
        copy(module.path(), target.path(), &["kms", "sns"]).unwrap();
        for path in [
            "go.mod",
            "main.go",
            "internal/service/kms/k.go",
            "internal/service/ec2/types/t.go",
            "internal/service/ec2/ec2.go",
            "internal/conns/ec2_client.go",
            "internal/errs/data/one.txt",
            "internal/errs/more.hcl",
            "names/n.go",
        ] {
            assert!(target.path().join(path).is_file(), "{path} is missing");
        }
        for path in [
            "main_test.go",
            "internal/acctest",
            "internal/service/account",
            "internal/service/kms/k_test.go",
            "internal/service/kms/sweep.go",
            "internal/service/ec2/instance.go",
            "internal/sweep",
            "internal/service/kms/README.md",
            "internal/errs/data/one.md",
        ] {
            assert!(!target.path().join(path).exists(), "{path} was copied");
        }
        let clients = fs::read_to_string(target.path().join(CLIENTS)).unwrap();
        assert!(clients.contains("KMSClient") && clients.contains("SNSClient"));
        assert!(!clients.contains("account"), "{clients}");
    }
}
