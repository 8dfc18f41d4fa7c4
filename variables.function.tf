variable "function" {
  description = <<-EOT
    The Lambda function that looks up callers and PINs.

    - `architecture`             - architecture of the bundled zip to run, `x86_64` or `arm64`. Default: that of the bundled zip, `x86_64` when both are bundled. For a package of your own, set `lambda_package.architecture` instead.
    - `code_signing_config_arn`  - code signing configuration that a package of your own satisfies. Default none.
    - `existing_log_group`       - log group to use instead of creating one: its `name`. Default none.
    - `log_level`                - least severe level to log: `DEBUG`, `INFO`, `WARN` or `ERROR`. Metrics are written at any level. Default `INFO`.
    - `log_retention_in_days`    - days that log lines are kept. Default 90.
    - `memory_size`              - memory in MB, 128 to 10240; more memory also means more CPU. Default 256.
    - `permissions_boundary_arn` - permissions boundary of the roles that the module creates. Default none.
    - `reserved_concurrency`     - concurrent invocations reserved for the function, which also limits floods of calls. Default: none reserved.
    - `timeout`                  - seconds, 4 to 7: with less time the function sends no message, and after 8 seconds Amazon Connect no longer waits. Default 7.
    - `tracing`                  - whether X-Ray traces each invocation. Default true.
    - `vpc`                      - subnets and security groups to run in: `subnet_ids` and `security_group_ids`. They need the endpoints that docs/security.md lists. Default: no VPC, because the function calls AWS only.
  EOT
  type = object({
    architecture             = optional(string)
    code_signing_config_arn  = optional(string)
    existing_log_group       = optional(object({ name = string }))
    log_level                = optional(string, "INFO")
    log_retention_in_days    = optional(number, 90)
    memory_size              = optional(number, 256)
    permissions_boundary_arn = optional(string)
    reserved_concurrency     = optional(number)
    timeout                  = optional(number, 7)
    tracing                  = optional(bool, true)
    vpc                      = optional(object({ subnet_ids = set(string), security_group_ids = set(string) }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.function.architecture == null ? true : contains(["x86_64", "arm64"], var.function.architecture)
    error_message = "function.architecture must be \"x86_64\" or \"arm64\", not ${jsonencode(var.function.architecture)}."
  }

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR"], var.function.log_level)
    error_message = "function.log_level must be \"DEBUG\", \"INFO\", \"WARN\" or \"ERROR\", not ${jsonencode(var.function.log_level)}."
  }

  validation {
    condition     = contains(local.log_retention_days, var.function.log_retention_in_days)
    error_message = "function.log_retention_in_days must be one of ${join(", ", local.log_retention_days)}, not ${var.function.log_retention_in_days}: CloudWatch Logs accepts no other."
  }

  validation {
    condition     = var.function.memory_size >= 128 && var.function.memory_size <= 10240 && floor(var.function.memory_size) == var.function.memory_size
    error_message = "function.memory_size must be a whole number of MB from 128 to 10240, not ${var.function.memory_size}."
  }

  validation {
    condition     = contains(range(4, 8), var.function.timeout)
    error_message = "function.timeout must be a whole number of seconds from 4 to 7, not ${var.function.timeout}: with less time the function sends no message, and after 8 seconds Amazon Connect no longer waits."
  }

  validation {
    condition     = var.function.reserved_concurrency == null ? true : var.function.reserved_concurrency >= 1 && floor(var.function.reserved_concurrency) == var.function.reserved_concurrency
    error_message = "function.reserved_concurrency must be a whole number of 1 or more, not ${jsonencode(var.function.reserved_concurrency)}: with 0 no call would be answered."
  }

  validation {
    condition = var.function.vpc == null ? true : (
      length(var.function.vpc.subnet_ids) > 0 && alltrue([for id in var.function.vpc.subnet_ids : can(regex("^subnet-[0-9a-f]+$", id))])
      && length(var.function.vpc.security_group_ids) > 0 && alltrue([for id in var.function.vpc.security_group_ids : can(regex("^sg-[0-9a-f]+$", id))])
    )
    error_message = "function.vpc must have at least one of each of subnet_ids, such as \"subnet-0123456789abcdef0\", and security_group_ids, such as \"sg-0123456789abcdef0\", and is ${jsonencode(var.function.vpc)}."
  }
}

variable "lambda_package" {
  description = <<-EOT
    The function's code. Leave it out to run the zip that the module bundles in `dist`.

    - `path`         - zip file on the machine that runs Terraform.
    - `s3`           - zip in a bucket of this Region: `bucket`, `key` and `version_id`. Without a version Terraform does not notice another zip under the same key.
    - `image`        - container image in ECR of this Region: `uri`, preferably with a digest.
    - `architecture` - architecture that the package was built for, `x86_64` or `arm64`. Required for a package of your own unless `function.architecture` is set.
  EOT
  type = object({
    path         = optional(string)
    s3           = optional(object({ bucket = string, key = string, version_id = optional(string) }))
    image        = optional(object({ uri = string }))
    architecture = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = length([for source in [var.lambda_package.path != null, var.lambda_package.s3 != null, var.lambda_package.image != null] : source if source]) <= 1
    error_message = "lambda_package must have at most one of `path`, `s3` and `image`, and has ${join(" and ", compact([var.lambda_package.path == null ? "" : "`path`", var.lambda_package.s3 == null ? "" : "`s3`", var.lambda_package.image == null ? "" : "`image`"]))}."
  }

  # The submodule checks this as well; checked here, it is reported together with all other mistakes.
  validation {
    condition     = var.lambda_package.path == null ? true : try(fileexists(var.lambda_package.path), false)
    error_message = "lambda_package.path must be a file on the machine that runs Terraform, and there is none at ${jsonencode(var.lambda_package.path)}: build it, or correct lambda_package.path."
  }

  validation {
    condition     = var.lambda_package.architecture == null ? true : contains(["x86_64", "arm64"], var.lambda_package.architecture)
    error_message = "lambda_package.architecture must be \"x86_64\" or \"arm64\", not ${jsonencode(var.lambda_package.architecture)}."
  }

  # On the wrong processor every call would fail, and no plan would show why.
  validation {
    condition = (
      var.lambda_package.path == null && var.lambda_package.s3 == null && var.lambda_package.image == null
      ? var.lambda_package.architecture == null
      : var.lambda_package.architecture != null || var.function.architecture != null
    )
    error_message = "A package of your own needs its architecture: set lambda_package.architecture to \"x86_64\" or \"arm64\". Without such a package leave it out: function.architecture chooses among the bundled zips."
  }

  validation {
    condition     = var.lambda_package.architecture == null || var.function.architecture == null ? true : var.lambda_package.architecture == var.function.architecture
    error_message = "lambda_package.architecture, ${jsonencode(var.lambda_package.architecture)}, and function.architecture, ${jsonencode(var.function.architecture)}, must be equal: leave function.architecture out, since the package has its own."
  }

  validation {
    condition     = var.lambda_package.image == null ? true : can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/.+[:@].+$", var.lambda_package.image.uri))
    error_message = "lambda_package.image.uri must be an image in ECR with its tag or digest, such as \"123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/line@sha256:…\", not ${jsonencode(try(var.lambda_package.image.uri, null))}: Lambda runs no other."
  }

  validation {
    condition     = var.lambda_package.image == null || var.function.code_signing_config_arn == null
    error_message = "function.code_signing_config_arn, ${jsonencode(var.function.code_signing_config_arn)}, must not be set with lambda_package.image: code signing is for zips only."
  }
}
