variable "alarms" {
  description = <<-EOT
    The alarms and their thresholds. Each fires above its threshold.

    - `enabled`               - whether to create alarms. Default true.
    - `excluded`              - names of alarms to leave out. Default none.
    - `topic_arns`            - SNS topics notified when an alarm fires or clears. Default none.
    - `duration_ms`           - 99th percentile of the invocations' duration in milliseconds.
    - `errors`                - failed invocations per 5 minutes.
    - `faults_per_hour`       - calls that got no message through a fault of the line.
    - `locks_per_hour`        - invocations answered with `LOCKED`.
    - `sms_failures_per_hour` - messages that could not be sent.
    - `throttles`             - invocations that Lambda throttled per 5 minutes.
    - `unguarded_tries_per_hour` - attempts made while the hourly counter of wrong PINs was throttled.
    - `undelivered_per_hour`  - messages of the account that were not delivered. Null leaves the alarm out.
    - `wrong_pins_per_hour`   - wrong PINs of all callers.
  EOT
  type = object({
    enabled                  = optional(bool, true)
    excluded                 = optional(set(string), [])
    topic_arns               = optional(list(string), [])
    duration_ms              = number
    errors                   = number
    faults_per_hour          = number
    locks_per_hour           = number
    sms_failures_per_hour    = number
    throttles                = number
    unguarded_tries_per_hour = number
    undelivered_per_hour     = optional(number)
    wrong_pins_per_hour      = number
  })
  nullable = false
}

variable "attempts_table_name" {
  description = "Name of the attempts table, in which redemptions are counted. Null when they are counted in the campaigns' rows."
  type        = string
  default     = null
}

variable "benefits_table_name" {
  description = "Name of the table of campaigns."
  type        = string
  nullable    = false
}

variable "contact_flow_name" {
  description = "Name of the contact flow."
  type        = string
  nullable    = false
}

variable "create_sms_service_linked_role" {
  description = "Whether to create the service-linked role of End User Messaging. An account has at most one."
  type        = bool
  default     = false
  nullable    = false
}

variable "dashboard_enabled" {
  description = "Whether to create the dashboard."
  type        = bool
  default     = true
  nullable    = false
}

variable "failed_deliveries_log_group_name" {
  description = "Log group in which SNS records failed deliveries; needed by `alarms.undelivered_per_hour`."
  type        = string
  default     = null
}

variable "function_log_group_name" {
  description = "Log group of the function."
  type        = string
  nullable    = false
}

variable "function_name" {
  description = "Name of the function, which is the dimension `Service` of its metrics."
  type        = string
  nullable    = false
}

variable "instance_id" {
  description = "Id of the Amazon Connect instance."
  type        = string
  nullable    = false
}

variable "metric_namespace" {
  description = "Namespace of the function's own metrics."
  type        = string
  default     = "ConnectPinSms"
  nullable    = false
}

variable "name" {
  description = "Name of the line; names of the dashboard and the alarms begin with it."
  type        = string
  nullable    = false
}

variable "phone_number" {
  description = "Phone number of the line, shown on the dashboard. Null leaves it out."
  type        = string
  default     = null
}

variable "sms_backend" {
  description = "Service that sends text messages and measures their cost: `sns` or `end_user_messaging`."
  type        = string
  default     = "sns"
  nullable    = false
}

variable "sms_spend_limit_usd" {
  description = "US dollars per month at which the account stops sending text messages. Null leaves the alarms on spending out."
  type        = number
  default     = null
}

variable "tags" {
  description = "Tags for the alarms and the service-linked role."
  type        = map(string)
  default     = {}
  nullable    = false
}
