# A line in an account that has much of it already: an Amazon Connect instance with a queue and a
# flow for those who need a person, a number, a table of customers, a key. What the line is given is
# in `existing.tf`; none of it is changed, and all of it outlives the line.

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

  # Whoever is locked out talks to a person; where something is broken, the flow that others use
  # decides.
  fallbacks = {
    locked  = { queue_arn = aws_connect_queue.existing.arn }
    trouble = { flow_arn = aws_connect_contact_flow.existing.arn }
  }

  # Customers are looked up where they are. Campaigns get a table of the line's own.
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
