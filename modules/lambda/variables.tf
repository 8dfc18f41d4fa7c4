variable "architecture" {
  description = "`x86_64` or `arm64`."
  type        = string
  nullable    = false
}

variable "attempts_table_arn" {
  description = "Table of wrong PINs and messages; read and written. Null when there is none."
  type        = string
  default     = null
}

variable "benefits_table_arn" {
  description = "Table of campaigns; read, and redemptions are counted in it."
  type        = string
  nullable    = false
}

variable "code_signing_config_arn" {
  description = "Code signing configuration that the package must satisfy. Null asks for none."
  type        = string
  default     = null
}

variable "environment" {
  description = "Environment variables of the function."
  type        = map(string)
  nullable    = false
}

variable "existing_log_group" {
  description = "Log group to write to instead of one made here. Null makes one."
  type = object({
    name = string
  })
  default = null
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the log group that is made here. Null leaves it to CloudWatch's own."
  type        = string
  default     = null
}

variable "log_level" {
  description = "Least severe level that the function logs. Its metrics are written at any level."
  type        = string
  nullable    = false
}

variable "log_retention_in_days" {
  description = "Days that the function's log is kept."
  type        = number
  nullable    = false
}

variable "member_table_arn" {
  description = "Table that maps callers to members; read."
  type        = string
  nullable    = false
}

variable "memory_size" {
  description = "MB."
  type        = number
  nullable    = false
}

variable "name" {
  description = "Name of the function; also the stem of its role's name, read when the role is made and never again."
  type        = string
  nullable    = false
}

variable "package" {
  description = <<-EOT
    What the function runs, one of

    - `path`  - a zip on the machine that runs Terraform.
    - `s3`    - an object in this Region: `bucket`, `key` and, in a versioned bucket, `version_id`.
    - `image` - a container image in this account's ECR: `uri`.
  EOT
  type = object({
    path  = optional(string)
    s3    = optional(object({ bucket = string, key = string, version_id = optional(string) }))
    image = optional(object({ uri = string }))
  })
  nullable = false
}

variable "package_cure" {
  description = "What to do when there is nothing at `package.path`."
  type        = string
  default     = "say in package.path where the function's zip is"
  nullable    = false
}

variable "pepper_kms_key" {
  description = "KMS key that makes the MACs under which PINs and numbers are kept. Null means there is none."
  type        = object({ arn = string })
  default     = null
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role. Null sets none."
  type        = string
  default     = null
}

variable "reserved_concurrency" {
  description = "Invocations that may run at the same time, kept for this function. Null reserves none."
  type        = number
  default     = null
}

variable "sms_backend" {
  description = "What sends text messages: `sns` or `end_user_messaging`."
  type        = string
  default     = "sns"
  nullable    = false
}

variable "sms_origins" {
  description = "What End User Messaging may send from: the last parts of ARNs, such as `sender-id/Campaign1/*`."
  type        = list(string)
  default     = ["phone-number/*", "pool/*", "sender-id/*"]
  nullable    = false
}

variable "tables_kms_key" {
  description = "Customer managed key of the tables. Null when DynamoDB's own encrypts them."
  type = object({
    arn = string
  })
  default = null
}

variable "tags" {
  description = "Tags for the function, its role and its log group."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "timeout" {
  description = "Seconds after which Lambda stops an invocation."
  type        = number
  nullable    = false
}

variable "tracing" {
  description = "Whether each invocation is traced with X-Ray."
  type        = bool
  default     = true
  nullable    = false
}

variable "vpc" {
  description = <<-EOT
    Where the function's network interfaces are. Null leaves it outside of any VPC.

    - `subnet_ids`         - subnets, one in each zone.
    - `security_group_ids` - security groups of the interfaces.
  EOT
  type = object({
    subnet_ids         = set(string)
    security_group_ids = set(string)
  })
  default = null
}
