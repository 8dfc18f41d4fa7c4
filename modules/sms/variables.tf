variable "default_sender_id" {
  description = "Sender shown for messages that do not say. Null leaves it as it is."
  type        = string
  default     = null
}

variable "default_sms_type" {
  description = "`Promotional` or `Transactional`, for messages that do not say. Null leaves it as it is."
  type        = string
  default     = null
}

variable "delivery_logs" {
  description = <<-EOT
    Makes the log groups of delivered and failed messages, with a retention, and the role by which
    SNS writes to them. They hold whole phone numbers. Null makes nothing.

    - `kms_key_arn`              - key that encrypts the groups. Default: CloudWatch's own.
    - `permissions_boundary_arn` - of the role. Default none.
    - `retention_in_days`        - days that records are kept. Default 30.
    - `role_name`                - name of the role, read when it is made and never again. Default: `sns-sms-delivery-logs-` and the Region.
    - `success_sampling_rate`    - percentage of delivered messages to record; failed ones are always recorded. Default 100.
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
  description = "Existing role by which SNS writes delivery logs, instead of `delivery_logs`. Null leaves it as it is."
  type        = string
  default     = null
}

variable "delivery_status_success_sampling_rate" {
  description = "Percentage of successful deliveries to log, instead of `delivery_logs`. Null leaves it as it is."
  type        = number
  default     = null
}

variable "made_after" {
  description = "Something that the settings wait for and the role does not, which so has time to be known everywhere."
  type        = string
  default     = null
}

variable "monthly_spend_limit" {
  description = "US dollars a month after which SNS stops sending. Null leaves it as it is."
  type        = number
  default     = null
}

variable "tags" {
  description = "Tags for role and log groups."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "usage_report_s3_bucket" {
  description = "Bucket for daily usage reports; they hold the destination numbers. Null leaves it as it is."
  type        = string
  default     = null
}
