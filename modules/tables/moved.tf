# Earlier addresses of tables. Existing tables are kept.

# Release 0.1.0 had no count on the first two.
moved {
  from = aws_dynamodb_table.members
  to   = aws_dynamodb_table.members[0]
}

moved {
  from = aws_dynamodb_table.benefits
  to   = aws_dynamodb_table.benefits[0]
}

# In release 0.2.0 each table was a resource of its own.
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
