# Addresses that the tables have had. Tables applied before stay what they are.

# Release 0.1.0 had no count on the first two.
moved {
  from = aws_dynamodb_table.members
  to   = aws_dynamodb_table.members[0]
}

moved {
  from = aws_dynamodb_table.benefits
  to   = aws_dynamodb_table.benefits[0]
}

# Until each table was an instance of one resource.
moved {
  from = aws_dynamodb_table.members[0]
  to   = aws_dynamodb_table.this["members"]
}

moved {
  from = aws_dynamodb_table.benefits[0]
  to   = aws_dynamodb_table.this["benefits"]
}

moved {
  from = aws_dynamodb_table.attempts[0]
  to   = aws_dynamodb_table.this["attempts"]
}
