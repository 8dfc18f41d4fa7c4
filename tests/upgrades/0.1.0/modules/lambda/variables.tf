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

variable "environment" {
  description = "Environment variables of the function."
  type        = map(string)
  nullable    = false
}

variable "log_level" {
  description = "Least severe level that the function logs."
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
  description = "Name of the function; also the stem of its role's name."
  type        = string
  nullable    = false
}

variable "package_path" {
  description = "The function's zip on the machine that runs Terraform."
  type        = string
  nullable    = false
}

variable "pepper" {
  description = "Secret under which PINs are kept: a KMS key that makes MACs, or an SSM parameter with the key that encrypts it."
  type = object({
    kms_key_arn        = optional(string)
    ssm_parameter_name = optional(string)
    ssm_key_arn        = optional(string)
  })
  default  = {}
  nullable = false
}

variable "sms_backend" {
  description = "What sends text messages: `sns` or `end_user_messaging`."
  type        = string
  default     = "sns"
  nullable    = false
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
