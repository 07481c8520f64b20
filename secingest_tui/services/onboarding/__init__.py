"""From a new customer to the customer's first object, restored: steps that each prove that they are done."""
