#!/bin/sh
# The whole story on the simulated organisation, with no AWS account and no model key.
set -eu
cd "$(dirname "$0")/../.."

bold='' plain=''
if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); fi

# show COMMAND...: the command as a person would type it, then what it does
show() {
    printf '\n%s$ finops-repl' "$bold"
    for word in "$@"; do
        case $word in
            *[!A-Za-z0-9_:=,./-]*) printf ' "%s"' "$word" ;;
            *) printf ' %s' "$word" ;;
        esac
    done
    printf '%s\n' "$plain"
    .venv/bin/finops-repl "$@" </dev/null
}

echo "A question, the code written for it, its run in the sandbox, the answer with its figures:"
show --account simulated --approve workflow-overwrite \
    -p "Why did our EC2 costs jump? Save that as EC2 jump, overwrite it."

echo
echo "The CSV it left, and the code again as a workflow, without any model:"
newest=$(ls -t workspace/data/cost_jump_*.csv | head -n 1)
echo "$newest"
cat "$newest"
show run-workflow --account simulated ec2-jump

echo
echo "A workflow that comes with the product:"
show run-workflow --account simulated monthly-cost-report --param top=5
