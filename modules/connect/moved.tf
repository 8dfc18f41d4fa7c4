# Earlier addresses of resources. Existing lines keep their resources.

moved {
  from = aws_cloudwatch_log_group.flow
  to   = aws_cloudwatch_log_group.flow[0]
}

moved {
  from = aws_connect_contact_flow.this
  to   = aws_connect_contact_flow.this[0]
}

moved {
  from = aws_connect_instance.this
  to   = aws_connect_instance.this[0]
}

moved {
  from = aws_connect_phone_number.this
  to   = aws_connect_phone_number.this[0]
}
