variable "alarms" {
  description = <<-EOT
    CloudWatch alarms of the line: `duration`, `errors`, `faults`, `locks`, `sms_failures`,
    `throttles`, `unguarded_tries` and `wrong_pins`; `sms_spend_50` and `sms_spend_80` when the account's
    spend limit is known; `undelivered` when its threshold is set. Each fires above its threshold.

    - `enabled`               - whether to create alarms. Default true.
    - `except`                - names of alarms to leave out. Default none.
    - `topic_arn`             - SNS topic notified when an alarm fires or clears. Without it alarms only change their state in the console. Default: none.
    - `duration_ms`           - milliseconds tolerated for the slowest invocation of 100 (99th percentile). Default 3000.
    - `errors`                - failed invocations per 5 minutes tolerated without an alarm. Default 0.
    - `faults_per_hour`       - calls tolerated per hour that got no message through a fault of the line: an invalid row, a text that is too long, too little time, an uncertain delivery or a failure of the function. Default 0.
    - `locks_per_hour`        - lockout answers tolerated per hour. Default 20.
    - `sms_failures_per_hour` - messages tolerated per hour that could not be sent. Default 0.
    - `throttles`             - invocations that Lambda throttled, tolerated per 5 minutes. Default 0.
    - `unguarded_tries_per_hour` - attempts tolerated per hour while the hourly counter of wrong PINs was throttled. Default 0.
    - `wrong_pins_per_hour`   - wrong PINs of all callers tolerated per hour. Default: half of `guessing.wrong_pins_per_hour`, after which every caller is locked out.
    - `sms_spend_limit_usd`   - US dollars per month that the account may spend on SMS, for alarms at 50 and 80 %. Default: `sms_preferences.monthly_spend_limit` when `sms.backend` is `sns`, otherwise no such alarms.
    - `undelivered_per_hour`  - messages of the account tolerated per hour that SNS accepted and did not deliver; needs `sms_preferences.delivery_logs`. Default: no such alarm.
  EOT
  type = object({
    enabled                  = optional(bool, true)
    except                   = optional(set(string), [])
    topic_arn                = optional(string)
    duration_ms              = optional(number, 3000)
    errors                   = optional(number, 0)
    faults_per_hour          = optional(number, 0)
    locks_per_hour           = optional(number, 20)
    sms_failures_per_hour    = optional(number, 0)
    throttles                = optional(number, 0)
    unguarded_tries_per_hour = optional(number, 0)
    wrong_pins_per_hour      = optional(number)
    sms_spend_limit_usd      = optional(number)
    undelivered_per_hour     = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name, value in var.alarms : contains(["enabled", "except", "topic_arn"], name) || value == null ? true : try(tonumber(value) >= 0, false)])
    error_message = "The thresholds of alarms must be numbers of 0 or more, and ${join(", ", [for name, value in var.alarms : "alarms.${name} is ${jsonencode(value)}" if contains(["enabled", "except", "topic_arn"], name) || value == null ? false : !try(tonumber(value) >= 0, false)])}."
  }

  validation {
    condition     = length(setsubtract(var.alarms.except, ["duration", "errors", "faults", "locks", "sms_failures", "sms_spend_50", "sms_spend_80", "throttles", "undelivered", "unguarded_tries", "wrong_pins"])) == 0
    error_message = "alarms.except must have names of alarms only, and has ${jsonencode(setsubtract(var.alarms.except, ["duration", "errors", "faults", "locks", "sms_failures", "sms_spend_50", "sms_spend_80", "throttles", "undelivered", "unguarded_tries", "wrong_pins"]))}: the names are duration, errors, faults, locks, sms_failures, sms_spend_50, sms_spend_80, throttles, undelivered, unguarded_tries and wrong_pins."
  }

  validation {
    condition     = var.alarms.undelivered_per_hour == null ? true : try(var.sms_preferences.delivery_logs, null) != null
    error_message = "alarms.undelivered_per_hour, ${jsonencode(var.alarms.undelivered_per_hour)}, needs sms_preferences.delivery_logs: SNS reports undelivered messages nowhere else."
  }

  validation {
    condition     = var.alarms.topic_arn == null ? true : can(regex("^arn:[^:]+:sns:[^:]+:[0-9]{12}:[^:]+$", var.alarms.topic_arn))
    error_message = "alarms.topic_arn must be the ARN of an SNS topic, such as \"arn:aws:sns:ap-northeast-1:123456789012:alarms\", not ${jsonencode(var.alarms.topic_arn)}."
  }
}

variable "dashboard" {
  description = <<-EOT
    A CloudWatch dashboard of the line.

    - `enabled` - whether to create it. Default true.
  EOT
  type = object({
    enabled = optional(bool, true)
  })
  default  = {}
  nullable = false
}

variable "flow_logs" {
  description = <<-EOT
    Log of the flow, in which Amazon Connect writes a line for each block that a call passes. The flow
    switches logging off while it handles a PIN. An existing instance keeps its log group.

    - `create_log_group`  - whether to create the log group of the instance; false when an earlier instance of the same alias left one behind. Default true.
    - `retention_in_days` - days that log lines are kept. Default 90.
  EOT
  type = object({
    create_log_group  = optional(bool, true)
    retention_in_days = optional(number, 90)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(local.log_retention_days, var.flow_logs.retention_in_days)
    error_message = "flow_logs.retention_in_days must be one of ${join(", ", local.log_retention_days)}, not ${var.flow_logs.retention_in_days}: CloudWatch Logs accepts no other."
  }
}
