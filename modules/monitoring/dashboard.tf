# The state of the line on one page: outcomes, errors, durations and cost.

data "aws_region" "current" {}

locals {
  region = data.aws_region.current.region

  # A search finds new outcomes without a change here.
  search = {
    for metric in ["Calls", "SmsSent", "WrongPins", "Locks"] :
    metric => "SEARCH('{${var.metric_namespace},Outcome,Service} MetricName=\"${metric}\" Service=\"${var.function_name}\"', 'Sum', 300)"
  }
  latencies = ["Members", "Benefits", "Attempts", "Sms", "Kms"]

  # Redemptions are not a metric: each campaign would need one of its own, and each metric is billed.
  redemptions = (
    var.attempts_table_name == null
    ? "The redemptions of a campaign with `maxRedemptions` are counted in its row of the table `${var.benefits_table_name}`, in `redeemed`."
    : "The redemptions of a campaign with `maxRedemptions` are counted in the table `${var.attempts_table_name}`, in `redeemed` of the item `REDEEMED#` and the row's `campaignId`."
  )

  # Rows of widgets.
  rows = [
    [
      {
        type  = "text"
        width = 24
        properties = {
          markdown = "# ${var.name}\n${var.phone_number == null ? "" : "Dial **${var.phone_number}**. "}Function `${var.function_name}`, instance `${var.instance_id}`.\n\n${local.redemptions}"
        }
      },
    ],
    [
      {
        type  = "metric"
        width = 12
        properties = {
          title   = "Outcomes of invocations"
          view    = "timeSeries"
          stacked = true
          region  = local.region
          period  = 300
          metrics = [[{ expression = local.search.Calls, id = "outcomes", label = "" }]]
          yAxis   = { left = { min = 0 } }
        }
      },
      {
        type  = "metric"
        width = 12
        properties = {
          title  = "Messages, wrong PINs, lock-outs"
          view   = "timeSeries"
          region = local.region
          period = 300
          metrics = [
            [{ expression = "SUM(${local.search.SmsSent})", id = "sent", label = "Messages sent" }],
            [{ expression = "SUM(${local.search.WrongPins})", id = "wrong", label = "Wrong PINs" }],
            [{ expression = "SUM(${local.search.Locks})", id = "locked", label = "Locked" }],
          ]
          yAxis = { left = { min = 0 } }
        }
      },
    ],
    [
      {
        type  = "metric"
        width = 12
        properties = {
          title  = "Duration of the function"
          view   = "timeSeries"
          region = local.region
          period = 300
          metrics = [
            for statistic in ["p50", "p99", "Maximum"] :
            ["AWS/Lambda", "Duration", "FunctionName", var.function_name, { stat = statistic, label = statistic }]
          ]
          yAxis = { left = { min = 0, label = "ms" } }
        }
      },
      {
        type  = "metric"
        width = 12
        properties = {
          title  = "Latency of dependencies (p99)"
          view   = "timeSeries"
          region = local.region
          period = 300
          metrics = [
            for on in local.latencies :
            [{
              expression = "MAX(SEARCH('{${var.metric_namespace},Outcome,Service} MetricName=\"${on}Latency\" Service=\"${var.function_name}\"', 'p99', 300))"
              id         = lower(on)
              label      = on
            }]
          ]
          yAxis = { left = { min = 0, label = "ms" } }
        }
      },
    ],
    [
      {
        type  = "metric"
        width = 8
        properties = {
          title  = "Function"
          view   = "timeSeries"
          region = local.region
          period = 300
          metrics = [
            ["AWS/Lambda", "Invocations", "FunctionName", var.function_name, { stat = "Sum" }],
            ["AWS/Lambda", "Errors", "FunctionName", var.function_name, { stat = "Sum" }],
            ["AWS/Lambda", "Throttles", "FunctionName", var.function_name, { stat = "Sum" }],
            ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", var.function_name, { stat = "Maximum" }],
          ]
          yAxis = { left = { min = 0 } }
        }
      },
      {
        type  = "metric"
        width = 8
        properties = {
          title  = "Calls at the instance"
          view   = "timeSeries"
          region = local.region
          period = 300
          metrics = [
            ["AWS/Connect", "ConcurrentCalls", "InstanceId", var.instance_id, "MetricGroup", "VoiceCalls", { stat = "Maximum" }],
            ["AWS/Connect", "ThrottledCalls", "InstanceId", var.instance_id, "MetricGroup", "VoiceCalls", { stat = "Sum" }],
            ["AWS/Connect", "CallsBreachingConcurrencyQuota", "InstanceId", var.instance_id, "MetricGroup", "VoiceCalls", { stat = "Sum" }],
            ["AWS/Connect", "ContactFlowFatalErrors", "InstanceId", var.instance_id, "MetricGroup", "ContactFlow", "ContactFlowName", var.contact_flow_name, { stat = "Sum" }],
          ]
          yAxis = { left = { min = 0 } }
        }
      },
      {
        type  = "metric"
        width = 8
        properties = {
          title   = "Text messages of the account this month (US dollars)"
          view    = "timeSeries"
          region  = local.region
          period  = 3600
          metrics = [[local.spending.namespace, local.spending.metric, { stat = "Maximum" }]]
          annotations = var.sms_spend_limit_usd == null ? {} : {
            horizontal = [{ label = "limit", value = var.sms_spend_limit_usd }]
          }
          yAxis = { left = { min = 0 } }
        }
      },
    ],
    [
      {
        type  = "log"
        width = 24
        properties = {
          title  = "Latest warnings and errors of the function"
          view   = "table"
          region = local.region
          query  = "SOURCE '${var.function_log_group_name}' | fields @timestamp, level, message, outcome, cause, contact_id | filter level in ['WARN', 'ERROR'] | sort @timestamp desc | limit 50"
        }
      },
    ],
  ]

  heights = [3, 7, 7, 6, 6]
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard_enabled ? 1 : 0

  # Dashboards belong to the account, and a line of the same name in another Region has one as well.
  dashboard_name = "${var.name}-${local.region}"
  dashboard_body = jsonencode({
    start          = "-PT24H"
    periodOverride = "inherit"
    widgets = flatten([
      for row, widgets in local.rows : [
        for column, widget in widgets : {
          type       = widget.type
          x          = sum(concat([0], [for left in slice(widgets, 0, column) : left.width]))
          y          = sum(concat([0], slice(local.heights, 0, row)))
          width      = widget.width
          height     = local.heights[row]
          properties = widget.properties
        }
      ]
    ])
  })

  lifecycle {
    # Lines created without the Region in the name keep their dashboard.
    ignore_changes = [dashboard_name]
  }
}
