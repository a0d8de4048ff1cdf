# Fetches what a workspace asks for, on top of the sandbox image, so that pip and npm see what is
# there already. Only this stage has a network and the settings of the host; no code of a package
# runs in it. What it found is the whole of the image that is kept: files and their list.
ARG IMAGE
ARG TOOLS

FROM $TOOLS AS tools

FROM $IMAGE AS fetch
USER 0:0
ENV HOME=/root
COPY --from=tools / /tools
# By this the stage is found and removed afterwards; and what an index says is asked anew each time.
ARG BUILD
LABEL finops-repl.fetch=$BUILD
COPY host-settings /host-settings/
COPY *.py order.json /order/
# Debian's pip loads Debian's certificates, whichever are used.
RUN mkdir -p /etc/ssl/certs && mv /tools/ca-certificates.crt /etc/ssl/certs/ \
    && . /host-settings/env && PYTHONPATH=/tools python3 /order/fetch.py

FROM scratch
COPY --from=fetch /fetched /
