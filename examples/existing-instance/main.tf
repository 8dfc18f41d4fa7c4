# A line that uses existing resources: an Amazon Connect instance with a queue and a flow for callers who
# need a person, a number, a table of customers, a key. They are in `existing.tf`; the line changes none
# of them, and all of them outlive the line.

module "line" {
  source = "../../"

  name = "customer-line"

  existing_instance = {
    id = aws_connect_instance.existing.id
  }

  phone_number = {
    existing = {
      id     = aws_connect_phone_number.existing.id
      number = aws_connect_phone_number.existing.phone_number
    }
  }

  pin = {
    min_length = 4
  }

  # Locked-out callers are transferred to a person; after an error of the line, an existing flow handles
  # the call.
  fallbacks = {
    locked  = { queue_arn = aws_connect_queue.existing.arn }
    trouble = { flow_arn = aws_connect_contact_flow.existing.arn }
  }

  # Members are looked up in the existing table of customers. The line creates its own table of campaigns.
  tables = {
    create_member_table  = false
    member_table_name    = aws_dynamodb_table.customers.name
    member_key_attribute = "tel"
    deletion_protection  = false
  }

  kms_key = {
    arn = aws_kms_key.existing.arn
  }

  function = {
    architecture             = var.architecture
    existing_log_group       = { name = aws_cloudwatch_log_group.existing.name }
    permissions_boundary_arn = aws_iam_policy.boundary.arn
  }

  tags = {
    Service = "customer-line"
  }
}
