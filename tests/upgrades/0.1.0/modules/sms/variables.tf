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

variable "delivery_status_iam_role_arn" {
  description = "Role by which SNS writes delivery logs. Null leaves it as it is."
  type        = string
  default     = null
}

variable "delivery_status_success_sampling_rate" {
  description = "Percentage of successful deliveries to log. Null leaves it as it is."
  type        = number
  default     = null
}

variable "monthly_spend_limit" {
  description = "US dollars a month after which SNS stops sending. Null leaves it as it is."
  type        = number
  default     = null
}

variable "usage_report_s3_bucket" {
  description = "Bucket for daily usage reports; they hold the destination numbers. Null leaves it as it is."
  type        = string
  default     = null
}
