# Alarms that need a person's attention. Missing data do not breach the threshold, since a line without
# calls is not broken, except where they mean that nothing is measured.

locals {
  function = { FunctionName = var.function_name }

  # Alarms on one metric.
  metrics = {
    errors = {
      description = "The function failed, and callers heard an apology. See the function's log."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = local.function
      statistic   = "Sum"
      period      = 300
      above       = var.alarms.errors
    }
    throttles = {
      description = "Lambda refused invocations: too many at the same time. See reserved concurrency and the account's limit."
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      dimensions  = local.function
      statistic   = "Sum"
      period      = 300
      above       = var.alarms.throttles
    }
    duration = {
      description = "The slowest invocations (1 in 100) take long, and callers wait in silence meanwhile."
      namespace   = "AWS/Lambda"
      metric      = "Duration"
      dimensions  = local.function
      statistic   = "p99"
      period      = 300
      above       = var.alarms.duration_ms
    }
    unguarded_tries = {
      description = "More calls come in than the hourly counter of wrong PINs can count: it was throttled, and only each caller's own limits applied."
      namespace   = var.metric_namespace
      metric      = "UnguardedTries"
      dimensions  = { Service = var.function_name }
      statistic   = "Sum"
      period      = 3600
      above       = var.alarms.unguarded_tries_per_hour
    }
  }

  # Alarms on outcomes, which are a dimension of the function's own metrics. An alarm cannot search, so
  # each names its outcomes. A test compares them with those in lambda/src/rules/outcome.rs.
  outcomes = {
    faults = {
      description = "Callers did everything right and got no message: the line is at fault. See the outcomes in the function's log."
      metric      = "Calls"
      outcomes    = ["BUSY", "CAMPAIGN_INVALID", "SMS_FAILED", "SMS_TOO_LONG"]
      failures    = true
      above       = var.alarms.faults_per_hour
    }
    wrong_pins = {
      description = "Many wrong PINs in an hour: a caller may be guessing, or a campaign was announced with a wrong PIN."
      metric      = "WrongPins"
      outcomes    = ["PIN_NOT_FOUND", "NOT_A_MEMBER"]
      failures    = false
      above       = var.alarms.wrong_pins_per_hour
    }
    locks = {
      description = "Many callers are locked out: they, or all members together, entered too many wrong PINs."
      metric      = "Locks"
      outcomes    = ["LOCKED"]
      failures    = false
      above       = var.alarms.locks_per_hour
    }
    sms_failures = {
      description = "Text messages could not be sent. See the function's log for the service's reason."
      metric      = "Calls"
      outcomes    = ["SMS_FAILED", "SMS_REFUSED"]
      failures    = false
      above       = var.alarms.sms_failures_per_hour
    }
  }

  # Lambda counts every failure of the function as an error, including failures that the function could not
  # report. That metric stands for all of them, since an alarm can use only a few metrics.
  measured = {
    for name, alarm in local.outcomes : name => concat(
      [
        for outcome in alarm.outcomes : {
          namespace  = var.metric_namespace
          metric     = alarm.metric
          dimensions = { Service = var.function_name, Outcome = outcome }
        }
      ],
      alarm.failures ? [{ namespace = "AWS/Lambda", metric = "Errors", dimensions = local.function }] : [],
    )
  }

  # Spending of the account in this Region, not of the line alone. Each backend has its own metric. End
  # User Messaging publishes its metric once its service-linked role exists; until then the alarm has
  # insufficient data. Between two data points the alarm keeps its state.
  spending = {
    sns                = { namespace = "AWS/SNS", metric = "SMSMonthToDateSpentUSD", without = "notBreaching" }
    end_user_messaging = { namespace = "AWS/SMSVoice", metric = "TextMessageMonthlySpend", without = "ignore" }
  }[var.sms_backend]
  spend = var.sms_spend_limit_usd == null ? {} : {
    for percent in [50, 80] : "sms_spend_${percent}" => {
      description = "The account's text messages of this month have cost ${percent} % of their limit. At the limit AWS stops sending."
      namespace   = local.spending.namespace
      metric      = local.spending.metric
      dimensions  = {}
      statistic   = "Maximum"
      period      = 3600
      above       = var.sms_spend_limit_usd * percent / 100
      without     = local.spending.without
    }
  }

  # SNS accepts a message first and records a failed delivery later, in a log group of its own.
  undelivered = var.alarms.undelivered_per_hour == null ? {} : {
    undelivered = {
      description = "Text messages of the account that SNS accepted were not delivered. See its log of failed deliveries."
      namespace   = "AWS/Logs"
      metric      = "IncomingLogEvents"
      dimensions  = { LogGroupName = var.failed_deliveries_log_group_name }
      statistic   = "Sum"
      period      = 3600
      above       = var.alarms.undelivered_per_hour
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "metric" {
  for_each = { for name, alarm in merge(local.metrics, local.spend, local.undelivered) : name => alarm if var.alarms.enabled && !contains(var.alarms.excluded, name) }

  alarm_name          = "${var.name}-${replace(each.key, "_", "-")}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period              = each.value.period
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  treat_missing_data  = lookup(each.value, "without", "notBreaching")
  alarm_actions       = var.alarms.topic_arns
  ok_actions          = var.alarms.topic_arns
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "outcomes" {
  for_each = { for name, alarm in local.outcomes : name => alarm if var.alarms.enabled && !contains(var.alarms.excluded, name) }

  alarm_name          = "${var.name}-${replace(each.key, "_", "-")}"
  alarm_description   = each.value.description
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarms.topic_arns
  ok_actions          = var.alarms.topic_arns
  tags                = var.tags

  metric_query {
    id          = "total"
    expression  = join(" + ", [for index in range(length(local.measured[each.key])) : "FILL(m${index}, 0)"])
    label       = each.key
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.measured[each.key]

    content {
      id = "m${metric_query.key}"

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric
        dimensions  = metric_query.value.dimensions
        period      = 3600
        stat        = "Sum"
      }
    }
  }
}
