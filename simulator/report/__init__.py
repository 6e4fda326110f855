"""What a run says: tables of outcomes, agreement with the record, paired differences, figures, folders."""
