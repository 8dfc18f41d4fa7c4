output "alarm_arns" {
  description = "ARNs of the alarms by short name."
  value       = { for name, alarm in merge(aws_cloudwatch_metric_alarm.metric, aws_cloudwatch_metric_alarm.outcomes) : name => alarm.arn }
}

output "dashboard_name" {
  description = "Name of the dashboard; null when there is none."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}
