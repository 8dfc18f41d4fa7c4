variable "alarms" {
  description = <<-EOT
    When somebody should look: above these thresholds.

    - `enabled`               - whether there are alarms at all. Default true.
    - `except`                - names of alarms to leave out. Default none.
    - `topic_arns`            - SNS topics told when one goes off or is over. Default none.
    - `duration_ms`           - milliseconds that 99 of 100 invocations take at most.
    - `errors`                - failed invocations in 5 minutes.
    - `faults_per_hour`       - calls that got no message though the caller did everything right.
    - `locks_per_hour`        - invocations answered with `LOCKED`.
    - `sms_failures_per_hour` - messages that could not be sent.
    - `throttles`             - refused invocations in 5 minutes.
    - `unguarded_tries_per_hour` - tries that went on without the hour's count of wrong PINs.
    - `undelivered_per_hour`  - messages of the account that did not arrive. Null leaves the alarm out.
    - `wrong_pins_per_hour`   - wrong PINs of all callers.
  EOT
  type = object({
    enabled                  = optional(bool, true)
    except                   = optional(set(string), [])
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
  description = "Name of the attempts table, which counts redemptions. Null where the campaigns' rows do."
  type        = string
  default     = null
}

variable "benefits_table_name" {
  description = "Name of the table of the campaigns."
  type        = string
  nullable    = false
}

variable "contact_flow_name" {
  description = "Name of the contact flow."
  type        = string
  nullable    = false
}

variable "create_sms_service_linked_role" {
  description = "Whether the service-linked role of End User Messaging is made here; there is one in an account."
  type        = bool
  default     = false
  nullable    = false
}

variable "dashboard_enabled" {
  description = "Whether there is a dashboard."
  type        = bool
  default     = true
  nullable    = false
}

variable "failed_deliveries_log_group_name" {
  description = "Log group in which SNS records messages that did not arrive, for `alarms.undelivered_per_hour`."
  type        = string
  default     = null
}

variable "function_log_group_name" {
  description = "Log group of the function."
  type        = string
  nullable    = false
}

variable "function_name" {
  description = "Name of the function, which its metrics carry as `Service`."
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
  description = "Name of the line: the beginning of the dashboard's and the alarms' names."
  type        = string
  nullable    = false
}

variable "phone_number" {
  description = "The number to dial. Null leaves it out of the dashboard."
  type        = string
  default     = null
}

variable "sms_backend" {
  description = "What sends text messages, and measures what they cost: `sns` or `end_user_messaging`."
  type        = string
  default     = "sns"
  nullable    = false
}

variable "sms_spend_limit_usd" {
  description = "US dollars a month at which the account stops sending text messages. Null leaves its alarms out."
  type        = number
  default     = null
}

variable "tags" {
  description = "Tags for the alarms."
  type        = map(string)
  default     = {}
  nullable    = false
}
