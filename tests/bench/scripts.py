"""The scripts that are measured, the same for every contestant; stdlib only.

Each prints `DONE` as its last word, so that a contestant that did not run it is found out.
"""

from __future__ import annotations

__all__ = ["BOTO3", "DONE", "NODE_CLIENT", "NODE_PRINT", "PANDAS", "PRINT"]

DONE = "done"

PRINT = f"print('{DONE}')"
BOTO3 = f"import boto3; boto3.client('ce', region_name='us-east-1'); print('{DONE}')"
PANDAS = f"import pandas; pandas.DataFrame({{'usd': [1.5, 2.5]}}).sum(); print('{DONE}')"
NODE_PRINT = f"console.log('{DONE}')"
NODE_CLIENT = f"""
const {{ CostExplorerClient }} = require('@aws-sdk/client-cost-explorer');
new CostExplorerClient({{ region: 'us-east-1' }});
console.log('{DONE}');
"""
