variable "default_sender_id" {
  description = "Sender id of messages that set none. Null leaves the account's setting as it is."
  type        = string
  default     = null
}

variable "default_sms_type" {
  description = "Type of messages that set none: `Promotional` or `Transactional`. Null leaves the account's setting as it is."
  type        = string
  default     = null
}

variable "delivery_logs" {
  description = <<-EOT
    Creates the log groups of delivered and failed messages, and the role with which SNS writes to
    them. The logs contain whole phone numbers. Null creates nothing.

    - `kms_key_arn`              - customer managed key that encrypts the log groups. Default: CloudWatch's own.
    - `permissions_boundary_arn` - permissions boundary of the role. Default none.
    - `retention_in_days`        - days that records are kept. Default 30.
    - `role_name`                - name of the role; read only when the role is created. Default: `sns-sms-delivery-logs-` and the Region.
    - `success_sampling_rate`    - percentage of delivered messages to record; failed messages are always recorded. Default 100.
  EOT
  type = object({
    kms_key_arn              = optional(string)
    permissions_boundary_arn = optional(string)
    retention_in_days        = optional(number, 30)
    role_name                = optional(string)
    success_sampling_rate    = optional(number, 100)
  })
  default = null
}

variable "delivery_status_iam_role_arn" {
  description = "ARN of an existing role with which SNS writes delivery logs; not with `delivery_logs`. Null leaves the account's setting as it is."
  type        = string
  default     = null
}

variable "delivery_status_success_sampling_rate" {
  description = "Percentage of delivered messages to log; not with `delivery_logs`. Null leaves the account's setting as it is."
  type        = number
  default     = null
}

variable "monthly_spend_limit" {
  description = "US dollars per month after which SNS stops sending. Null leaves the account's setting as it is."
  type        = number
  default     = null
}

variable "tags" {
  description = "Tags for the role and the log groups."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "usage_report_s3_bucket" {
  description = "Bucket for daily usage reports, which contain phone numbers. Null leaves the account's setting as it is."
  type        = string
  default     = null
}

variable "wait_for" {
  description = "Value of a resource that the settings are written after. The role is created before that resource, so that it is known in all of AWS by then."
  type        = string
  default     = null
}
