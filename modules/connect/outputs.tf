output "contact_flow_arn" {
  description = "ARN of the contact flow."
  value       = local.flow_resource.arn
}

output "contact_flow_id" {
  description = "Id of the contact flow within the instance."
  value       = local.flow_resource.contact_flow_id
}

output "flow_log_group_name" {
  description = "Log group of the flow; null for an existing instance, whose alias names it."
  value       = local.makes_instance ? "/aws/connect/${one(aws_connect_instance.this[*].instance_alias)}" : null
}

output "instance_arn" {
  description = "ARN of the instance."
  value       = local.instance_arn
}

output "instance_id" {
  description = "Id of the instance."
  value       = local.instance_id
}

output "phone_number" {
  description = "Phone number, E.164; null for an existing number of which only the id was given."
  value       = local.claims ? local.claimed_number.phone_number : var.phone_number.existing.number
}

output "phone_number_arn" {
  description = "ARN of the phone number."
  value = (
    local.claims
    ? local.claimed_number.arn
    : "arn:${data.aws_partition.current.partition}:connect:${local.region_and_account}:phone-number/${var.phone_number.existing.id}"
  )
}
