variable "environment" {
  description = "Environment variables of the function."
  type        = map(string)
  nullable    = false
}

variable "function" {
  description = <<-EOT
    Settings of the function.

    - `architecture`             - `x86_64` or `arm64`.
    - `memory_size`              - memory in MB.
    - `timeout`                  - seconds after which Lambda stops an invocation.
    - `code_signing_config_arn`  - code signing configuration that the package must satisfy. Default none.
    - `permissions_boundary_arn` - permissions boundary of the role. Default none.
    - `reserved_concurrency`     - concurrent invocations reserved for this function. Default: none reserved.
    - `tracing`                  - whether X-Ray traces each invocation. Default true.
    - `vpc`                      - subnets and security groups of its network interfaces: `subnet_ids`, one subnet for each Availability Zone, and `security_group_ids`. Default: outside of any VPC.
  EOT
  type = object({
    architecture             = string
    memory_size              = number
    timeout                  = number
    code_signing_config_arn  = optional(string)
    permissions_boundary_arn = optional(string)
    reserved_concurrency     = optional(number)
    tracing                  = optional(bool, true)
    vpc                      = optional(object({ subnet_ids = set(string), security_group_ids = set(string) }))
  })
  nullable = false
}

variable "log" {
  description = <<-EOT
    The function's log.

    - `level`             - least severe level that the function logs. Its metrics are written at any level.
    - `retention_in_days` - days that log lines are kept.
    - `existing_group`    - log group to use instead of creating one: its `name`. Default none.
    - `kms_key_arn`       - customer managed key that encrypts the log group created here. Default: CloudWatch's own.
  EOT
  type = object({
    level             = string
    retention_in_days = number
    existing_group    = optional(object({ name = string }))
    kms_key_arn       = optional(string)
  })
  nullable = false
}

variable "name" {
  description = "Name of the function, and beginning of its role's name, which is read only when the role is created."
  type        = string
  nullable    = false
}

variable "package" {
  description = <<-EOT
    The code that the function runs: one of `path`, `s3` and `image`.

    - `path`                 - zip file on the machine that runs Terraform.
    - `s3`                   - object in a bucket of this Region: `bucket`, `key` and, in a versioned bucket, `version_id`.
    - `image`                - container image in this account's ECR: `uri`.
    - `missing_package_hint` - hint shown when the file at `path` is missing.
  EOT
  type = object({
    path                 = optional(string)
    s3                   = optional(object({ bucket = string, key = string, version_id = optional(string) }))
    image                = optional(object({ uri = string }))
    missing_package_hint = optional(string, "set package.path to the function's zip")
  })
  nullable = false
}

variable "pepper" {
  description = <<-EOT
    The secret that PINs and numbers are hashed with. Null hashes without one.

    - `kms_key_arn` - KMS key for HMAC_256. May be known after apply only.
  EOT
  type = object({
    kms_key_arn = string
  })
  default = null
}

variable "sms" {
  description = <<-EOT
    Sending of text messages.

    - `backend` - `sns` or `end_user_messaging`. Default `sns`.
    - `origins` - numbers, pools and sender ids that End User Messaging may send from: last parts of ARNs, such as `sender-id/Campaign1/*`. Default: any number, pool and sender id of the account.
  EOT
  type = object({
    backend = optional(string, "sns")
    origins = optional(list(string), ["phone-number/*", "pool/*", "sender-id/*"])
  })
  default  = {}
  nullable = false
}

variable "tables" {
  description = <<-EOT
    The tables that the function uses.

    - `members_arn`  - ARN of the table of members, which is read.
    - `benefits_arn` - ARN of the table of campaigns, which is read; redemptions are counted in it when there is no attempts table.
    - `attempts_arn` - ARN of the table of wrong PINs and messages, which is read and written. Default none.
    - `kms_key`      - customer managed key of the tables: its `arn`. Default: a key owned by DynamoDB.
  EOT
  type = object({
    members_arn  = string
    benefits_arn = string
    attempts_arn = optional(string)
    kms_key      = optional(object({ arn = string }))
  })
  nullable = false
}

variable "tags" {
  description = "Tags for the function, its role and its log group."
  type        = map(string)
  default     = {}
  nullable    = false
}
